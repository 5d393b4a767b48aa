"""Full-text search over topics and messages."""

import secrets

import pytest
from forum_client import Forum, Person, accepted, unique


def word() -> str:
    """A word that nobody else writes: letters only, so that every text parser takes it for one."""
    return "z" + "".join(chr(ord("a") + secrets.randbelow(26)) for _ in range(11))


def test_topics_are_found_by_title_and_body(forum: Forum, ada: Person) -> None:
    rare, other = word(), word()
    titled, bodied = ada.starts_topic(title=f"On {rare}"), ada.starts_topic(body=f"Of {rare.upper()}!")
    both = ada.starts_topic(title=rare, body=f"{rare} {other}")
    found = [row["id"] for row in forum.all("/api/topics", q=rare)]
    assert sorted(found) == sorted([titled["id"], bodied["id"], both["id"]])
    assert found[0] == both["id"], "best first"
    assert [row["id"] for row in forum.all("/api/topics", q=f"{other} {rare}")] == [both["id"]], "all words"
    assert list(forum.all("/api/topics", q=word())) == []


def test_search_goes_with_the_other_filters(forum: Forum, ada: Person, bob: Person) -> None:
    rare, tag = word(), unique("t")
    hers, his = ada.starts_topic(title=rare, tags=[tag]), bob.starts_topic(title=rare)
    assert [row["id"] for row in forum.all("/api/topics", q=rare, tag=tag)] == [hers["id"]]
    assert [row["id"] for row in forum.all("/api/topics", q=rare, author=bob.username)] == [his["id"]]


def test_an_edited_topic_is_found_by_its_new_words(forum: Forum, ada: Person) -> None:
    old, new = word(), word()
    topic = ada.starts_topic(title=old)
    ada.edits(topic, title=new)
    assert list(forum.all("/api/topics", q=old)) == []
    assert [row["id"] for row in forum.all("/api/topics", q=new)] == [topic["id"]]
    ada.deletes(topic)
    assert list(forum.all("/api/topics", q=new)) == []


def test_messages_are_found_best_first(forum: Forum, ada: Person, bob: Person) -> None:
    topic, rare = ada.starts_topic(), word()
    once = ada.replies(topic, f"{rare} and much more that is not about it, but about the weather of the day")
    often = bob.replies(topic, f"{rare} {rare} {rare}")
    assert [row["id"] for row in forum.all("/api/messages", q=rare)] == [often["id"], once["id"]]
    assert [row["id"] for row in forum.all("/api/messages", q=rare, author=ada.username)] == [once["id"]]


def test_an_edited_message_is_found_by_its_new_words(forum: Forum, ada: Person) -> None:
    topic, old, new = ada.starts_topic(), word(), word()
    message = ada.replies(topic, old)
    ada.edits(message, body=new)
    assert list(forum.all("/api/messages", q=old)) == []
    assert [row["id"] for row in forum.all("/api/messages", q=new)] == [message["id"]]
    ada.deletes(message)
    assert list(forum.all("/api/messages", q=new)) == []


def test_found_rows_come_exactly_once_in_pages(forum: Forum, ada: Person) -> None:
    rare = word()
    topics = {ada.starts_topic(title=rare)["id"] for _ in range(5)}
    found = [row["id"] for row in forum.all("/api/topics", q=rare, limit=2)]
    assert len(found) == 5
    assert set(found) == topics
    topic = ada.starts_topic()
    messages = {ada.replies(topic, rare)["id"] for _ in range(5)}
    found = [row["id"] for row in forum.all("/api/messages", q=rare, limit=2)]
    assert len(found) == 5
    assert set(found) == messages


@pytest.mark.parametrize(
    "query",
    ["'", '"', '"open', "a & | ! b", ":*", "()", "-", "\\", "%", "a:b:c", "<->", "é 茶 🍵", " "],
)
def test_nothing_that_is_asked_breaks_a_search(forum: Forum, query: str) -> None:
    for path in ("/api/topics", "/api/messages", "/api/users"):
        accepted(forum.get(path, q=query))


def test_a_search_for_more_than_anybody_types_is_answered_or_refused(forum: Forum) -> None:
    for path in ("/api/topics", "/api/messages", "/api/users"):
        assert forum.get(path, q="x " * 2500).status_code in (200, 422)
