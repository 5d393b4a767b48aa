"""Idempotency-Key: doing something once, however often it is sent."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, eventually, refused, unique


def post(person: Person, topic: Json, key: str, body: str = "once") -> httpx.Response:
    path = f"/api/topics/{topic['id']}/messages"
    return person.request("POST", path, json={"body": body}, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_give_the_first_answer_again(forum: Forum, ada: Person, topic: Json) -> None:
    key = unique("key")
    first, again = post(ada, topic, key), post(ada, topic, key)
    assert accepted(again, 201) == accepted(first, 201)
    assert again.content == first.content
    assert len(forum.reads(topic)) == 1


def test_the_first_answer_stays_though_the_thing_has_changed(ada: Person, topic: Json) -> None:
    key = unique("key")
    first = accepted(post(ada, topic, key), 201)
    ada.deletes(first)
    assert accepted(post(ada, topic, key), 201) == first


def test_starting_a_topic_twice_with_one_key_starts_one(forum: Forum, ada: Person) -> None:
    tag, key = unique("t"), unique("key")
    how: Json = {"json": {"title": "A", "body": "B", "tags": [tag]}, "headers": {"Idempotency-Key": key}}
    first, again = (accepted(ada.request("POST", "/api/topics", **how), 201) for _ in range(2))
    assert again == first
    assert len(list(forum.all("/api/topics", tag=tag))) == 1


def test_registering_and_logging_in_may_be_repeated(forum: Forum) -> None:
    account = {"username": unique("eve"), "password": PASSWORD}
    how: Json = {"json": account, "headers": {"Idempotency-Key": unique("key")}}
    first, again = (accepted(forum.request("POST", "/api/users", **how), 201) for _ in range(2))
    assert again == first
    first, again = (accepted(forum.request("POST", "/api/sessions", **how), 201) for _ in range(2))
    assert again["refresh_token"] == first["refresh_token"], "the key is scoped by path"


def test_an_answer_without_a_body_may_be_repeated(forum: Forum) -> None:
    eve = forum.register("eve")
    change = {"current": PASSWORD, "new": "another long one"}
    how: Json = {"json": change, "headers": {"Idempotency-Key": unique("key")}}
    for _ in range(2):
        accepted(eve.request("POST", "/api/users/me/password", **how), 204)


def test_another_body_under_the_same_key_is_refused(forum: Forum, ada: Person, topic: Json) -> None:
    key = unique("key")
    accepted(post(ada, topic, key, "one"), 201)
    refused(post(ada, topic, key, "two"), 422, "idempotency_key_reused")
    assert len(forum.reads(topic)) == 1


def test_a_key_belongs_to_a_caller_and_a_path(ada: Person, bob: Person, topic: Json) -> None:
    key, other = unique("key"), ada.starts_topic()
    answers = [post(ada, topic, key), post(bob, topic, key), post(ada, other, key)]
    assert len({accepted(answer, 201)["id"] for answer in answers}) == 3


def test_another_session_of_the_same_caller_gets_the_same_answer(forum: Forum, topic: Json) -> None:
    eve, key = forum.register("eve"), unique("key")
    first = accepted(post(eve, topic, key), 201)
    assert accepted(post(eve.logs_in_again(), topic, key), 201) == first


def test_without_a_key_everything_happens_twice(forum: Forum, ada: Person, topic: Json) -> None:
    assert ada.replies(topic, "x")["id"] != ada.replies(topic, "x")["id"]


def test_the_twin_at_the_same_moment_waits_for_the_first_answer(
    forum: Forum, ada: Person, topic: Json
) -> None:
    for _ in range(3):
        key = unique("key")
        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(lambda _, key=key: post(ada, topic, key), range(6)))
        assert len({accepted(answer, 201)["id"] for answer in answers}) == 1
    assert len(forum.reads(topic)) == 3


def test_only_success_is_kept(ada: Person, moderator: Person, topic: Json) -> None:
    key = unique("key")
    moderator.edits(topic, locked=True)
    eventually(lambda: refused(post(ada, topic, unique("other")), 409, "topic_locked"))
    refused(post(ada, topic, key), 409, "topic_locked")
    moderator.edits(topic, locked=False)
    eventually(lambda: accepted(post(ada, topic, key), 201))


def test_a_refused_body_leaves_the_key_free(ada: Person, topic: Json) -> None:
    key = unique("key")
    refused(post(ada, topic, key, ""), 422)
    accepted(post(ada, topic, key, "x"), 201)


@pytest.mark.parametrize("key", ["k", "~ !", "k" * 255])
def test_a_key_has_1_to_255_printable_characters(ada: Person, topic: Json, key: str) -> None:
    accepted(post(ada, topic, key), 201)


@pytest.mark.parametrize("key", ["", "k" * 256, "a\tb"])
def test_any_other_key_is_refused(forum: Forum, ada: Person, topic: Json, key: str) -> None:
    answer = post(ada, topic, key)
    assert answer.status_code in (400, 422)
    refused(answer, answer.status_code)
    assert forum.reads(topic) == []
