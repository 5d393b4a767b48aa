"""The live stream of a topic's messages."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from forum_client import Forum, Json, Person, Stream, accepted, refused


def test_the_first_byte_comes_at_once(forum: Forum, topic: Json) -> None:
    with forum.stream(topic, patience=1) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["cache-control"] in ("no-store", "no-cache")
        assert stream.response.headers["x-request-id"]
        stream.comment()


def test_a_stream_begins_now(forum: Forum, ada: Person, topic: Json) -> None:
    ada.replies(topic, "before")
    with forum.stream(topic) as stream:
        stream.comment()
        message = ada.replies(topic, "after\nit\r\nopened")
        event = stream.next()
    assert (event.name, event.id, event.data) == ("message", "2", message)


def test_a_stream_goes_on_after_the_last_event_id(forum: Forum, ada: Person, topic: Json) -> None:
    posted = [ada.replies(topic) for _ in range(3)]
    with forum.stream(topic, after=1) as stream:
        posted.append(ada.replies(topic))
        assert [event.data for event in stream.take(3)] == posted[1:]
    with forum.stream(topic, after=0) as stream:
        assert [event.id for event in stream.take(4)] == ["1", "2", "3", "4"]


def test_a_stream_of_a_topic_without_messages_goes_on_after_0(forum: Forum, ada: Person, topic: Json) -> None:
    """A page without messages says 0; what comes before its script listens is not missed."""
    last = accepted(forum.get(f"/api/topics/{topic['id']}/messages"))["last_number"]
    first = ada.replies(topic)
    with forum.stream(topic, after=last) as stream:
        second = ada.replies(topic)
        assert [event.data for event in stream.take(2)] == [first, second]


def test_a_last_event_id_is_good_though_its_message_is_deleted(
    forum: Forum, ada: Person, topic: Json
) -> None:
    posted = [ada.replies(topic) for _ in range(4)]
    ada.deletes(posted[1])
    ada.deletes(posted[2])
    with forum.stream(topic, after=2) as stream:
        assert stream.next().data == posted[3]


def test_a_last_event_id_that_has_not_come_yet_means_from_now_on(
    forum: Forum, ada: Person, topic: Json
) -> None:
    ada.replies(topic)
    with forum.stream(topic, after=1000) as stream:
        stream.comment()
        message = ada.replies(topic)
        assert stream.next().data == message


def test_edits_and_deletions_are_not_sent(forum: Forum, ada: Person, topic: Json) -> None:
    first, second = ada.replies(topic), ada.replies(topic)
    with forum.stream(topic) as stream:
        stream.comment()
        ada.edits(first, body="Edited")
        ada.deletes(second)
        third = ada.replies(topic)
        assert stream.next().data == third


def test_messages_posted_at_the_same_moment_arrive_in_order_once(
    forum: Forum, ada: Person, bob: Person, topic: Json
) -> None:
    with forum.stream(topic) as stream, forum.stream(topic) as another, ThreadPoolExecutor(8) as threads:
        stream.comment()
        another.comment()
        list(threads.map(lambda i: (ada, bob)[i % 2].replies(topic, str(i)), range(40)))
        expected = [str(number) for number in range(1, 41)]
        assert [event.id for event in stream.take(40)] == expected
        assert [event.id for event in another.take(40)] == expected


def test_a_stream_of_one_topic_carries_nothing_of_another(forum: Forum, ada: Person, topic: Json) -> None:
    other = ada.starts_topic()
    with forum.stream(topic) as stream:
        stream.comment()
        ada.replies(other)
        message = ada.replies(topic)
        assert stream.next().data == message


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 40, "", "é"])
def test_a_last_event_id_that_is_none_never_breaks_the_server(forum: Forum, topic: Json, last: str) -> None:
    headers = {b"Last-Event-ID": last.encode()}
    path = f"/api/topics/{topic['id']}/messages/stream"
    with forum.client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200 or 400 <= answer.status_code < 500


def test_a_head_of_a_stream_ends(forum: Forum, topic: Json) -> None:
    answer = forum.request("HEAD", f"/api/topics/{topic['id']}/messages/stream")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_bad_token_is_refused_by_a_stream_too(forum: Forum, topic: Json) -> None:
    refused(forum.request("GET", f"/api/topics/{topic['id']}/messages/stream", token="x"), 401)  # noqa: S106


def test_a_quiet_stream_carries_a_comment_every_15_seconds(quiet_stream: Stream) -> None:
    quiet_stream.comment()
