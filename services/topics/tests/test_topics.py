"""Starting, reading, editing, pinning, locking and deleting topics."""

from uuid import uuid4

import pytest
from topics_alone import Json, Person, Service, accepted, eventually, refused

from chassis.ids import uuid7

NOWHERE = "00000000-0000-7000-8000-000000000000"


async def test_a_started_topic_is_read_as_it_was_answered(service: Service, ada: Person) -> None:
    sent = {"title": "  Tea «now» ", "body": "*Hot*\r\n", "tags": ["tea", "cake", "tea"]}
    answer = await ada.request("POST", "/api/topics", json=sent)
    topic = accepted(answer, 201)
    assert answer.headers["location"] == f"/api/topics/{topic['id']}"
    assert (topic["title"], topic["body"], topic["tags"]) == (sent["title"], sent["body"], ["tea", "cake"])
    assert topic["html"] == "<p><em>Hot</em></p>\n"
    assert (topic["author"], topic["last_author"]) == (ada.author, None)
    assert (topic["pinned"], topic["locked"], topic["message_count"]) == (False, False, 0)
    assert topic["created_at"] == topic["last_activity_at"]
    assert topic["edited_at"] is None
    read = await service.get(answer.headers["location"])
    assert (accepted(read), read.headers["etag"]) == (topic, answer.headers["etag"])


async def test_a_topic_that_the_reader_has_is_not_sent_again(service: Service, topic: Json) -> None:
    for path in (f"/api/topics/{topic['id']}", "/api/topics", "/api/tags"):
        etag = (await service.get(path)).headers["etag"]
        again = await service.client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", [NOWHERE, "1", "%C3%A9", NOWHERE.replace("-", "")])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_topic_that_is_not_there_is_404(ada: Person, method: str, name: str) -> None:
    body = {"title": "x"} if method == "PATCH" else None
    refused(await ada.request(method, f"/api/topics/{name}", json=body), 404, "topic_not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", " \n"),
        ("title", "x" * 201),
        ("title", "a\0b"),
        ("title", 7),
        ("title", None),
        ("body", ""),
        ("body", "x" * 32_001),
        ("body", None),
        ("tags", "tea"),
        ("tags", None),
        ("tags", ["Tea"]),
        ("tags", [""]),
        ("tags", ["x" * 31]),
        ("tags", ["tea\n"]),
        ("tags", list("abcdef")),
        ("colour", "red"),
    ],
)
async def test_a_field_out_of_bounds_is_422(ada: Person, topic: Json, field: str, value: object) -> None:
    started = await ada.request("POST", "/api/topics", json={"title": "x", "body": "x", field: value})
    field_path = f"{field}.0" if field == "tags" and isinstance(value, list) and len(value) == 1 else field
    refused(started, 422, "invalid", field_path)
    refused(await ada.edits(topic, None, **{field: value}), 422, "invalid", field_path)


async def test_half_of_a_surrogate_pair_is_422(ada: Person) -> None:
    for content in (rb'{"title": "\ud800", "body": "x"}', rb'{"title": "x", "body": "\udc00"}'):
        headers = {"Content-Type": "application/json"}
        refused(await ada.request("POST", "/api/topics", content=content, headers=headers), 422, "invalid")


async def test_the_longest_texts_and_the_most_tags_pass(ada: Person) -> None:
    fields = {"title": "𝔞" * 200, "body": "é" * 32_000, "tags": [*"abcde", "a", "b"]}
    topic = await ada.starts_topic(**fields)
    assert (topic["title"], topic["body"], topic["tags"]) == (fields["title"], fields["body"], [*"abcde"])


async def test_an_edit_moves_the_version_and_what_was_not_sent_stays(ada: Person, topic: Json) -> None:
    answer = await ada.edits(topic, title="New")
    edited = accepted(answer)
    assert edited == topic | {"title": "New", "edited_at": edited["edited_at"]}
    assert edited["edited_at"] > topic["created_at"]
    assert answer.headers["etag"].startswith('"2-')
    assert accepted(await ada.edits(topic, body="**b**"))["html"] == "<p><strong>b</strong></p>\n"


async def test_an_edit_that_changes_nothing_is_none(ada: Person, topic: Json) -> None:
    same = await ada.edits(topic, title=topic["title"], body=topic["body"], tags=[])
    assert (accepted(same), same.headers["etag"][:3]) == (topic, '"1-')
    assert accepted(await ada.edits(topic)) == topic


async def test_if_match_compares_the_version_alone(
    service: Service, ada: Person, moderator: Person, topic: Json
) -> None:
    etag = (await service.get(f"/api/topics/{topic['id']}")).headers["etag"]
    accepted(await moderator.edits(topic, pinned=True))
    accepted(await ada.edits(topic, {"If-Match": etag}, title="First"))
    refused(await ada.edits(topic, {"If-Match": etag}, title="Second"), 412, "precondition_failed")
    refused(await ada.deletes(topic, {"If-Match": etag}), 412)
    assert (await service.topic(topic))["title"] == "First"
    accepted(await ada.edits(topic, {"If-Match": "*"}, title="Third"))


async def test_authors_edit_their_text_and_moderators_anything(
    ada: Person, bob: Person, moderator: Person, topic: Json
) -> None:
    refused(await bob.edits(topic, title="x"), 403, "forbidden")
    for field in ("pinned", "locked"):
        refused(await ada.edits(topic, None, **{field: True}), 403, "forbidden")
        refused(await ada.edits(topic, None, **{field: False}), 403, "forbidden")
    edited = accepted(await moderator.edits(topic, title="Moderated", tags=["x"], pinned=True, locked=True))
    assert (edited["title"], edited["tags"], edited["pinned"], edited["locked"]) == (
        *("Moderated", ["x"], True, True),
    )
    assert accepted(await ada.edits(topic, title="Mine"))["locked"], "a locked topic can be edited"


async def test_pinning_and_locking_are_no_edits(moderator: Person, topic: Json) -> None:
    answer = await moderator.edits(topic, pinned=True, locked=True)
    assert accepted(answer)["edited_at"] is None
    assert answer.headers["etag"].startswith('"1-')
    assert accepted(await moderator.edits(topic, locked=False)) == topic | {"pinned": True}


async def test_deleting_is_for_authors_and_moderators_and_happens_once(
    service: Service, ada: Person, bob: Person, moderator: Person, topic: Json
) -> None:
    other = await ada.starts_topic()
    refused(await bob.deletes(topic), 403, "forbidden")
    assert (await ada.deletes(topic)).status_code == 204
    assert (await moderator.deletes(other)).status_code == 204
    for gone in (topic, other):
        refused(await ada.deletes(gone), 404, "topic_not_found")
        refused(await moderator.edits(gone, title="x"), 404, "topic_not_found")
        refused(await service.get(f"/api/topics/{gone['id']}"), 404, "topic_not_found")
    assert await service.rows(author=ada.username) == []


async def test_what_moderators_do_to_others_is_written_down(
    service: Service, ada: Person, moderator: Person, topic: Json
) -> None:
    own = await moderator.starts_topic()
    await ada.edits(topic, title="By its author")
    await moderator.edits(topic, title="By a moderator", pinned=True, locked=True)
    await moderator.edits(topic, pinned=False, locked=True)
    await moderator.deletes(topic)
    await moderator.edits(own, title="Own", locked=True)
    await moderator.deletes(own)
    log = await service.query(
        """SELECT moderator_id, target_id, action FROM topics.moderation_log
           WHERE target_id = ANY($1) ORDER BY id""",
        [topic["id"], own["id"]],
    )
    assert {str(entry["moderator_id"]) for entry in log} == {moderator.id}
    assert [entry["action"] for entry in log if str(entry["target_id"]) == topic["id"]] == (
        ["edit", "pin", "lock", "unpin", "delete"]
    )
    assert [entry["action"] for entry in log if str(entry["target_id"]) == own["id"]] == ["lock"]


@pytest.mark.parametrize(("state", "status"), [("suspended", 403), ("deleted", 401)])
async def test_who_is_suspended_or_deleted_writes_nothing(
    service: Service, ada: Person, topic: Json, state: str, status: int
) -> None:
    service.peers.tell("authors", **ada.author, state=state)

    async def known() -> None:
        refused(await ada.edits(topic, title=topic["title"]), status)

    await eventually(known)
    code = "suspended" if status == 403 else "unauthorized"
    refused(await ada.edits(topic, title="x"), status, code)
    refused(await ada.deletes(topic), status, code)
    refused(await ada.request("POST", "/api/topics", json={"title": "x", "body": "x"}), status, code)
    assert (await service.topic(topic))["title"] == topic["title"]


async def test_a_token_never_changes_an_author_who_is_known(service: Service, ada: Person) -> None:
    await ada.starts_topic()
    renamed = service.person(sub=ada.id, display_name="Renamed")
    assert (await renamed.starts_topic())["author"] == ada.author


async def test_writing_needs_a_valid_token(service: Service, ada: Person, topic: Json) -> None:
    new = {"title": "x", "body": "x"}
    refused(await service.client.post("/api/topics", json=new), 401, "unauthorized")
    refused(await service.client.patch(f"/api/topics/{topic['id']}", json=new), 401)
    refused(await service.client.delete(f"/api/topics/{topic['id']}"), 401)
    for bad in (
        service.person(exp=1),
        service.person(iss="other"),
        service.person(aud="other"),
        service.person(sub="x"),
    ):
        refused(await bad.request("POST", "/api/topics", json=new), 401)
        refused(await bad.request("GET", "/api/topics"), 401)
        refused(await bad.request("GET", f"/api/topics/{topic['id']}"), 401)
        refused(await bad.request("GET", "/api/tags"), 401)


async def test_refusals_come_in_their_order(service: Service, ada: Person, bob: Person, topic: Json) -> None:
    path = f"/api/topics/{topic['id']}"
    json = {"Content-Type": "application/json"}
    refused(await service.client.patch(path, content=b"x" * 300_000), 413)
    refused(await service.client.patch(path, content=b"{"), 415)
    refused(await service.client.patch(path, content=b"{", headers=json), 400)
    refused(await service.client.patch(path, json={"colour": "red"}), 401)
    refused(await ada.request("PATCH", f"/api/topics/{NOWHERE}", json={"colour": "red"}), 422)
    refused(await bob.edits({"id": NOWHERE}, {"If-Match": '"9-"'}, title="x"), 404)
    refused(await bob.edits(topic, {"If-Match": '"9-"'}, title="x"), 403)
    refused(await ada.edits(topic, {"If-Match": '"9-"'}, title="x"), 412)


async def test_a_post_that_comes_twice_starts_one_topic(service: Service, ada: Person) -> None:
    sent = {"json": {"title": "Once", "body": "x"}, "headers": {"Idempotency-Key": str(uuid4())}}
    first = await ada.request("POST", "/api/topics", **sent)
    second = await ada.request("POST", "/api/topics", **sent)
    assert accepted(first, 201) == accepted(second, 201)
    assert second.headers["location"] == first.headers["location"]
    assert len(await service.rows(author=ada.username)) == 1
    other = {**sent, "json": {"title": "Other", "body": "x"}}
    refused(await ada.request("POST", "/api/topics", **other), 422, "idempotency_key_reused")


async def test_an_author_whom_no_feed_has_told_of_reads_as_a_deleted_one(service: Service) -> None:
    topic, author = uuid7(), uuid7()
    await service.query(
        """INSERT INTO topics.topics
           (id, author_id, title, body, html, render_version, tags, created_at, last_activity_at)
           VALUES ($1, $2, 't', 'b', 'h', 1, '{}', now(), now())""",
        topic,
        author,
    )
    read = await service.topic({"id": topic})
    assert read["author"] == {"id": str(author), "username": "deleted", "display_name": "Deleted user"}
