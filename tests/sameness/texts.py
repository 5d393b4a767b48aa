"""Topics and messages: written, read in lists and alone, edited, searched, deleted, streamed."""

from typing import Any

from sameness.lockstep import Lockstep

NOBODY = "00000000-0000-4000-8000-000000000000"
WRONG_TOPICS: list[dict[str, Any]] = [
    {},
    {"title": "x"},
    {"title": "   ", "body": "x"},
    {"title": "x" * 201, "body": "x"},
    {"title": "x", "body": ""},
    {"title": "x", "body": "x" * 32_001},
    {"title": "x", "body": "x", "tags": list("abcdef")},
    {"title": "x", "body": "x", "tags": ["Not A Tag"]},
    {"title": "x", "body": "x", "tags": "tag"},
    {"title": "x", "body": "x", "pinned": True},
    {"title": "x\ud800", "body": "x"},
    {"title": 1, "body": ["x"]},
]
HOSTILE = "<script>alert(1)</script> [x](javascript:x) **bold**\n\n> quoted\n\n```\n<b>\n```\n🌿"


def topics(both: Lockstep) -> None:
    both.join("Tess")
    for topic in WRONG_TOPICS:
        both.post("/api/topics", "422 invalid", who="Tess", body=topic)
    both.post("/api/topics", "401 unauthorized", body={"title": "x", "body": "x"})
    new = {"title": "<b>Tea</b> & 🌿", "body": HOSTILE, "tags": ["tea", "leaf", "tea"]}
    key = {"Idempotency-Key": "t1"}
    both.post("/api/topics", "201", who="Tess", body=new, headers=key, keep={"tea": "id"})
    both.post("/api/topics", "201", who="Tess", body=new, headers=key)
    both.post("/api/topics", "422 idempotency_key_reused", who="Tess", body=new | {"tags": []}, headers=key)
    both.get("/api/topics/{tea}", keep={"tea.etag": "header etag"})
    both.send("HEAD", "/api/topics/{tea}", "200")
    both.get("/api/topics/{tea}", "304", headers={"If-None-Match": "{tea.etag}"})
    both.patch(
        "/api/topics/{tea}", "200", who="Tess", body={"title": "Tea"}, headers={"If-Match": "{tea.etag}"}
    )
    stale = {"If-Match": "{tea.etag}"}
    both.patch("/api/topics/{tea}", "412 precondition_failed", who="Tess", body={"title": "x"}, headers=stale)
    both.delete("/api/topics/{tea}", "412 precondition_failed", who="Tess", headers=stale)
    both.patch("/api/topics/{tea}", "200", who="Tess", body={})
    both.patch("/api/topics/{tea}", "200", who="Tess", body={"title": "Tea", "tags": []})
    for change in ({"title": None}, {"locked": "maybe"}, {"tags": ["A"]}, {"author": "x"}, {"body": ""}):
        both.patch("/api/topics/{tea}", "422 invalid", who="Tess", body=change)
    for unknown in (NOBODY, "x", "{tea}x", "%20"):
        both.get(f"/api/topics/{unknown}", "404 topic_not_found")
        both.patch(f"/api/topics/{unknown}", "404 topic_not_found", who="Tess", body={"title": "x"})
        both.delete(f"/api/topics/{unknown}", "404 topic_not_found", who="Tess")
    both.delete("/api/topics/{tea}", "204", who="Tess")
    both.delete("/api/topics/{tea}", "404 topic_not_found", who="Tess")
    both.get("/api/topics/{tea}", "404 topic_not_found")
    both.get("/api/topics/{tea}/messages", "404 topic_not_found")
    both.post("/api/topics/{tea}/messages", "404 topic_not_found", who="Tess", body={"body": "x"})


def lists_of_topics(both: Lockstep) -> None:
    both.join("Liz", role="admin")
    for number in range(5):
        both.start_topic(f"list{number}", "Liz", tags=["list", f"list-{number % 2}"])
    for number in (1, 1, 3):
        both.reply("said", f"list{number}", "Liz")
    both.patch("/api/topics/{list0}", "200", who="Liz", body={"pinned": True})
    for sort in ("latest", "new", "top"):
        both.get(f"/api/topics?tag=list&sort={sort}")
        both.get(f"/api/topics?tag=list&sort={sort}&limit=2", keep={"topics.next": "next"})
        both.get(f"/api/topics?tag=list&sort={sort}&limit=2&cursor={{topics.next}}")
        both.get(f"/api/topics?sort={sort}&limit=2&cursor={{topics.next}}", "400 bad_cursor")
        both.get("/api/messages?cursor={topics.next}", "400 bad_cursor")
    both.get("/api/topics?author=LIZ&tag=list-1", keep={"list.etag": "header etag"})
    both.get("/api/topics?author=LIZ&tag=list-1", "304", headers={"If-None-Match": "{list.etag}"})
    both.get("/api/topics?q=list1+OR+list3&limit=1", keep={"topics.next": "next"})
    both.get("/api/topics?q=list1+OR+list3&limit=1&cursor={topics.next}")
    for query in ("author=nobody", "tag=none", "q=nothinglikeit", "q=%22list2%22", "q=-", "q=", "author="):
        both.get(f"/api/topics?{query}")
    for cursor in ("", "x", "%FF"):
        both.get(f"/api/topics?cursor={cursor}", "400 bad_cursor")
    for query in ("limit=0", "limit=101", "sort=best", "sort=", "q=%00", "tag=%00", "q=" + "x" * 501):
        both.get(f"/api/topics?{query}", "422 invalid")
    both.send("HEAD", "/api/topics", "200")
    both.get("/api/tags", keep={"tags.etag": "header etag"})
    both.get("/api/tags", "304", headers={"If-None-Match": "{tags.etag}"})
    both.patch("/api/users/me", "200", who="Liz", body={"display_name": "Liz the Lister"})
    both.get("/api/topics?tag=list")
    both.get("/api/messages?author=liz")


def messages(both: Lockstep) -> None:
    both.join("Mia")
    both.start_topic("talk", "Mia")
    both.start_topic("other", "Mia")
    path = "/api/topics/{talk}/messages"
    for body in ({}, {"body": ""}, {"body": "x" * 32_001}, {"body": 7}, {"body": "x", "number": 3}):
        both.post(path, "422 invalid", who="Mia", body=body)
    both.post(path, "401 unauthorized", body={"body": "x"})
    both.reply("elsewhere", "other", "Mia")
    for target in ("{elsewhere}", NOBODY, "x", 7):
        both.post(path, "422 invalid", who="Mia", body={"body": "x", "reply_to": target})
    for unknown in (NOBODY, "x"):
        both.get(f"/api/topics/{unknown}/messages", "404 topic_not_found")
        both.post(f"/api/topics/{unknown}/messages", "404 topic_not_found", who="Mia", body={"body": "x"})
    key = {"Idempotency-Key": "m1"}
    both.post(path, "201", who="Mia", body={"body": HOSTILE}, headers=key, keep={"first": "id"})
    both.post(path, "201", who="Mia", body={"body": HOSTILE}, headers=key)
    both.post(path, "422 idempotency_key_reused", who="Mia", body={"body": "x"}, headers=key)
    both.reply("second", "talk", "Mia", reply_to="{first}")
    both.reply("third", "talk", "Mia", reply_to=None)
    both.get("/api/topics/{talk}")
    both.get("/api/messages/{second}", keep={"second.etag": "header etag"})
    both.send("HEAD", "/api/messages/{second}", "200")
    both.get("/api/messages/{second}", "304", headers={"If-None-Match": "{second.etag}"})
    expected = {"If-Match": "{second.etag}"}
    both.patch("/api/messages/{second}", "200", who="Mia", body={"body": "Better."}, headers=expected)
    both.patch(
        "/api/messages/{second}", "412 precondition_failed", who="Mia", body={"body": "x"}, headers=expected
    )
    both.delete("/api/messages/{second}", "412 precondition_failed", who="Mia", headers=expected)
    for change in ({}, {"body": None}, {"body": "x", "reply_to": "{first}"}):
        both.patch("/api/messages/{second}", "422 invalid", who="Mia", body=change)
    both.delete("/api/messages/{first}", "204", who="Mia")
    for gone in ("{first}", NOBODY, "x"):
        both.get(f"/api/messages/{gone}", "404 message_not_found")
        both.patch(f"/api/messages/{gone}", "404 message_not_found", who="Mia", body={"body": "x"})
        both.delete(f"/api/messages/{gone}", "404 message_not_found", who="Mia")
    both.get(path)
    both.get("/api/topics/{talk}")
    both.delete("/api/messages/{second}", "204", who="Mia")
    both.delete("/api/messages/{third}", "204", who="Mia")
    both.get(path)
    both.get("/api/topics/{talk}")


def lists_of_messages(both: Lockstep) -> None:
    both.join("Nora")
    both.join("Olaf")
    both.start_topic("chat", "Nora")
    for number in range(5):
        both.reply(f"chat{number}", "chat", ("Nora", "Olaf")[number % 2], body=f"zebra {'kiwi ' * number}")
    for path in (
        "/api/topics/{chat}/messages?limit=2",
        "/api/messages?limit=2",
        "/api/messages?author=NORA&limit=2",
        "/api/messages?q=kiwi&limit=2",
        "/api/messages?q=kiwi&author=olaf&limit=1",
    ):
        both.get(path, keep={"said.etag": "header etag", "said.next": "next"})
        both.get(path, "304", headers={"If-None-Match": "{said.etag}"})
        both.get(path + "&cursor={said.next}")
        both.get(path.replace("limit=", "author=nobody&limit=") + "&cursor={said.next}", "")
        both.send("HEAD", path, "200")
    both.get("/api/topics?cursor={said.next}", "400 bad_cursor")
    path = "/api/topics/{chat}/messages"
    both.delete("/api/messages/{chat2}", "204", who="Nora")
    both.get(f"{path}?limit=2&after=1", keep={"said.next": "next"})
    both.get(f"{path}?limit=2&after=1&cursor={{said.next}}", "422 invalid")
    for after in (0, 2, 4, 5, 2_147_483_647):
        both.get(f"{path}?after={after}")
    for wrong in ("-1", "2147483648", "x", ""):
        both.get(f"{path}?after={wrong}", "422 invalid")
    for query in ("author=nobody", "q=nothinglikeit", "q=%22zebra%20kiwi%22+-nora", "q=%20", "author="):
        both.get(f"/api/messages?{query}")
    for path in ("/api/messages", "/api/topics/{chat}/messages"):
        for query in ("limit=0", "limit=101", "limit=x"):
            both.get(f"{path}?{query}", "422 invalid")
        for cursor in ("", "x", "%00", "%FF"):
            both.get(f"{path}?cursor={cursor}", "400 bad_cursor")
    both.get("/api/messages?q=%00", "422 invalid")


def streaming(both: Lockstep) -> None:
    both.join("Sam")
    both.start_topic("live", "Sam")
    for number in range(3):
        both.reply(f"live{number}", "live", "Sam")
    both.delete("/api/messages/{live0}", "204", who="Sam")
    path = "/api/topics/{live}/messages/stream"
    for unknown in (NOBODY, "x"):
        both.get(f"/api/topics/{unknown}/messages/stream", "404 topic_not_found")
    both.get(path, "401 unauthorized", headers={"Authorization": "Bearer x"})
    for after in (0, 1, 2):
        both.listen("live", after, 3 - max(after, 1))


CHAPTERS = [topics, lists_of_topics, messages, lists_of_messages, streaming]
