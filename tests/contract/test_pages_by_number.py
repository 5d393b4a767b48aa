"""A topic's messages from a number on, and the number of its last."""

import pytest
from forum_client import Forum, Json, Person, accepted, refused


def test_messages_after_a_number_leave_out_the_deleted_and_lead_on(forum: Forum, ada: Person) -> None:
    """So a page of numbers is one request, whatever was deleted before it and in it."""
    topic = ada.starts_topic()
    posted = [ada.replies(topic) for _ in range(28)]
    for message in posted[20:25]:
        ada.deletes(message)
    path = f"/api/topics/{topic['id']}/messages"
    answer = forum.get(path, after=20, limit=2)
    page = accepted(answer)
    assert [row["number"] for row in page["items"]] == [26, 27]
    following = answer.links["next"]["url"]
    assert "limit=2" in following
    rest = accepted(forum.get(following))
    assert rest == accepted(forum.get(path, limit=2, cursor=page["next"]))
    assert [row["number"] for row in rest["items"]] == [28]
    assert accepted(forum.get(path, after=2_147_483_647))["items"] == []


def test_a_page_of_a_topic_tells_the_number_of_its_last_message(
    forum: Forum, ada: Person, topic: Json
) -> None:
    posted = [ada.replies(topic) for _ in range(3)]
    ada.deletes(posted[2])
    path = f"/api/topics/{topic['id']}/messages"
    for params in ({"limit": 1}, {"after": 1}, {"after": 3}):
        assert accepted(forum.get(path, **params))["last_number"] == 3, "deleted, and its number is not free"
    assert "last_number" not in accepted(forum.get("/api/messages"))


@pytest.mark.parametrize("after", ["-1", "2147483648", "x", "1.5", "", "1e1", "9" * 30, "٣"])
def test_a_number_that_no_message_can_have_is_422(forum: Forum, topic: Json, after: str) -> None:
    refused(forum.get(f"/api/topics/{topic['id']}/messages", after=after), 422, field="after")


def test_a_number_and_a_cursor_are_422_together(forum: Forum, ada: Person, topic: Json) -> None:
    for _ in range(2):
        ada.replies(topic)
    path = f"/api/topics/{topic['id']}/messages"
    cursor = accepted(forum.get(path, limit=1))["next"]
    refused(forum.get(path, after=0, cursor=cursor), 422, "invalid", field="after")
