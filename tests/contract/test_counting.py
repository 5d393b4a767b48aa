"""message_count and last_activity_at."""

from collections.abc import Callable

from forum_client import Forum, Json, Person, eventually


def counts(forum: Forum, topic: Json, number: int, at: str) -> Callable[[], None]:
    """A check that the topic, read alone and in a list, counts so many messages, the newest at this time."""

    def check() -> None:
        (row,) = forum.all("/api/topics", tag=topic["tags"][0])
        for seen in (forum.topic(topic), row):
            assert (seen["message_count"], seen["last_activity_at"]) == (number, at)

    return check


def test_messages_that_are_not_deleted_are_counted(forum: Forum, ada: Person, bob: Person) -> None:
    topic = ada.starts_topic(tags=[bob.username[-8:]])
    first, second = ada.replies(topic), bob.replies(topic)
    eventually(counts(forum, topic, 2, second["created_at"]))
    ada.edits(first, body="Edited")
    third = ada.replies(topic)
    eventually(counts(forum, topic, 3, third["created_at"]))
    ada.deletes(first)
    eventually(counts(forum, topic, 2, third["created_at"]))
    ada.deletes(third)
    eventually(counts(forum, topic, 1, second["created_at"]))
    bob.deletes(second)
    eventually(counts(forum, topic, 0, topic["created_at"]))
    last = bob.replies(topic)
    eventually(counts(forum, topic, 1, last["created_at"]))


def test_editing_a_message_is_no_activity(forum: Forum, ada: Person) -> None:
    topic = ada.starts_topic(tags=[ada.id[-12:]])
    first, second = ada.replies(topic), ada.replies(topic)
    eventually(counts(forum, topic, 2, second["created_at"]))
    ada.edits(first, body="Edited")
    ada.edits(topic, body="Edited")
    other = ada.starts_topic()
    ada.replies(other)
    eventually(lambda: one_message(forum, other))
    counts(forum, topic, 2, second["created_at"])()


def one_message(forum: Forum, topic: Json) -> None:
    assert forum.topic(topic)["message_count"] == 1
