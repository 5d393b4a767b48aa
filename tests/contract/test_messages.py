"""Messages: replying, numbering, reading, editing, deleting."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from forum_client import Forum, Json, Person, accepted, eventually, refused

MESSAGE = {"id", "topic_id", "number", "author", "body", "html", "reply_to", "created_at", "edited_at"}
NOWHERE = "00000000-0000-7000-8000-000000000000"


def test_replying_answers_with_the_message(forum: Forum, ada: Person, bob: Person, topic: Json) -> None:
    message = bob.replies(topic, " *Yes* ")
    assert message.keys() >= MESSAGE
    UUID(message["id"])
    assert (message["topic_id"], message["number"]) == (topic["id"], 1)
    assert (message["body"], message["author"]) == (" *Yes* ", bob.author)
    assert "<em>Yes</em>" in message["html"]
    assert (message["reply_to"], message["edited_at"]) == (None, None)
    assert forum.message(message) == message
    assert forum.reads(topic) == [message]
    answer = ada.replies(topic, reply_to=message["id"])
    assert (answer["number"], answer["reply_to"]) == (2, message["id"])


def test_a_topic_takes_a_reply_the_moment_it_is_there(forum: Forum) -> None:
    """And an author who registered a moment ago may write: nobody waits for a feed."""
    for _ in range(3):
        eve = forum.register("eve")
        topic = eve.starts_topic()
        assert eve.replies(topic)["author"] == eve.author
        assert forum.reads(topic)[0]["author"] == eve.author


def test_a_new_topic_has_an_empty_page_of_messages(forum: Forum, ada: Person) -> None:
    topic = ada.starts_topic()
    page = accepted(forum.get(f"/api/topics/{topic['id']}/messages"))
    assert page == {"items": [], "next": None, "last_number": 0}


def test_html_of_a_message_is_sanitised(ada: Person, topic: Json) -> None:
    message = ada.replies(topic, "<script>x()</script> [a](javascript:x())")
    assert "<script" not in message["html"]
    assert 'href="javascript' not in message["html"]


def test_messages_posted_at_the_same_moment_get_numbers_without_gaps(
    forum: Forum, ada: Person, bob: Person, topic: Json
) -> None:
    with ThreadPoolExecutor(8) as threads:
        posted = list(threads.map(lambda i: (ada, bob)[i % 2].replies(topic, str(i)), range(24)))
    assert sorted(message["number"] for message in posted) == list(range(1, 25))
    assert [message["number"] for message in forum.reads(topic)] == list(range(1, 25))


@pytest.mark.parametrize("name", [NOWHERE, "nonsense"])
def test_messages_of_a_topic_that_is_not_there_are_404(forum: Forum, ada: Person, name: str) -> None:
    path = f"/api/topics/{name}/messages"
    refused(forum.get(path), 404, "topic_not_found")
    refused(forum.get(f"{path}/stream"), 404, "topic_not_found")
    refused(ada.request("POST", path, json={"body": "x"}), 404, "topic_not_found")


@pytest.mark.parametrize("name", [NOWHERE, "nonsense", "1"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_message_that_is_not_there_is_404(ada: Person, method: str, name: str) -> None:
    body = {"body": "x"} if method == "PATCH" else None
    refused(ada.request(method, f"/api/messages/{name}", json=body), 404)


@pytest.mark.parametrize("target", [NOWHERE, "nonsense", "", 7])
def test_a_reply_to_something_else_is_422(ada: Person, topic: Json, target: object) -> None:
    path = f"/api/topics/{topic['id']}/messages"
    body = {"body": "x", "reply_to": target}
    refused(ada.request("POST", path, json=body), 422, field="reply_to")


def test_a_reply_to_a_message_of_another_topic_is_422(ada: Person, topic: Json) -> None:
    elsewhere = ada.replies(ada.starts_topic())
    path = f"/api/topics/{topic['id']}/messages"
    body = {"body": "x", "reply_to": elsewhere["id"]}
    refused(ada.request("POST", path, json=body), 422, field="reply_to")


def test_a_reply_to_a_message_that_was_deleted_is_422(ada: Person, topic: Json, message: Json) -> None:
    ada.deletes(message)
    body = {"body": "x", "reply_to": message["id"]}
    path = f"/api/topics/{topic['id']}/messages"
    refused(ada.request("POST", path, json=body), 422, "invalid", field="reply_to")


def test_reply_to_may_be_null(ada: Person, topic: Json) -> None:
    assert ada.replies(topic, reply_to=None)["reply_to"] is None


def test_an_edited_message_says_when(forum: Forum, ada: Person, message: Json) -> None:
    edited = ada.edits(message, body="**New**")
    assert "<strong>New</strong>" in edited["html"]
    assert edited["edited_at"] > edited["created_at"]
    unchanged = MESSAGE - {"body", "html", "edited_at"}
    assert {key: edited[key] for key in unchanged} == {key: message[key] for key in unchanged}
    assert forum.message(message) == edited


def test_a_deleted_message_is_gone_and_answers_to_it_keep_their_target(
    forum: Forum, ada: Person, topic: Json
) -> None:
    first = ada.replies(topic)
    second = ada.replies(topic, reply_to=first["id"])
    ada.deletes(first)
    refused(forum.get(f"/api/messages/{first['id']}"), 404)
    refused(ada.request("PATCH", f"/api/messages/{first['id']}", json={"body": "x"}), 404)
    refused(ada.request("DELETE", f"/api/messages/{first['id']}"), 404)
    assert forum.reads(topic) == [second]
    assert second["reply_to"] == first["id"]
    assert ada.replies(topic)["number"] == 3, "a number is not given twice"


def test_messages_of_an_author_are_newest_first(forum: Forum, topic: Json) -> None:
    eve = forum.register("eve")
    posted = [eve.replies(topic, str(i))["id"] for i in range(3)]
    assert [message["id"] for message in forum.all("/api/messages", author=eve.username)] == posted[::-1]


def test_the_newest_messages_of_all(forum: Forum, ada: Person, topic: Json) -> None:
    posted = [ada.replies(topic, str(i))["id"] for i in range(3)]
    newest = [message["id"] for message in accepted(forum.get("/api/messages", limit=100))["items"]]
    assert [name for name in newest if name in posted] == posted[::-1]


def test_a_topic_deleted_elsewhere_takes_no_more_messages(ada: Person, topic: Json) -> None:
    ada.replies(topic)
    ada.deletes(topic)
    path = f"/api/topics/{topic['id']}/messages"
    eventually(lambda: refused(ada.request("POST", path, json={"body": "x"}), 404, "topic_not_found"))
