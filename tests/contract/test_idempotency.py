"""Idempotency-Key: doing something once, however often it is sent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, eventually, refused, unique

POSTS = ["registering", "logging in", "refreshing", "changing a password", "starting a topic", "replying"]
SIGNED = POSTS[3:]  # those that need an access token


@dataclass
class Post:
    """A POST that has not been sent yet. `done` counts how often it was; None where nobody can see that."""

    person: Person
    path: str
    body: Json
    status: int = 201
    done: Callable[[], int] | None = None

    def send(self, key: str, *, body: Json | None = None, by: Person | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        return (by or self.person).request("POST", self.path, json=body or self.body, headers=headers)

    @property
    def another_body(self) -> Json:
        """As good a shape as the first."""
        name = next(iter(self.body))
        return self.body | {name: f"{self.body[name]}x"}


@pytest.fixture
def write(request: pytest.FixtureRequest, forum: Forum) -> Post:
    eve, name, tag = forum.register("eve"), unique("new"), unique("t")
    topic = eve.starts_topic()

    def sessions() -> int:
        return len(accepted(eve.request("GET", "/api/sessions"))["items"])

    writes = {
        "registering": Post(eve, "/api/users", {"username": name, "password": PASSWORD}),
        "logging in": Post(
            eve,
            "/api/sessions",
            {"username": eve.username, "password": PASSWORD},
            done=lambda: sessions() - 1,
        ),
        "refreshing": Post(eve, "/api/sessions/refresh", {"refresh_token": eve.refresh_token}, 200),
        "changing a password": Post(
            eve, "/api/users/me/password", {"new": "another long one", "current": PASSWORD}, 204
        ),
        "starting a topic": Post(
            eve,
            "/api/topics",
            {"title": "A", "body": "B", "tags": [tag]},
            done=lambda: len(list(forum.all("/api/topics", tag=tag))),
        ),
        "replying": Post(
            eve,
            f"/api/topics/{topic['id']}/messages",
            {"body": "B"},
            done=lambda: len(forum.reads(topic)),
        ),
    }
    return writes[request.param]


every_post = pytest.mark.parametrize("write", POSTS, indirect=True)


@every_post
def test_the_same_key_and_body_give_the_first_answer_again_and_do_nothing(write: Post) -> None:
    key = unique("key")
    first, again = write.send(key), write.send(key)
    assert accepted(again, write.status) == accepted(first, write.status)
    assert again.content == first.content
    for header in ("etag", "location", "cache-control", "content-type"):
        assert again.headers.get(header) == first.headers.get(header), header
    assert write.done is None or write.done() == 1


@every_post
def test_the_twin_at_the_same_moment_waits_for_the_first_answer(write: Post) -> None:
    key = unique("key")
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: write.send(key), range(6)))
    assert {answer.status_code for answer in answers} == {write.status}
    assert len({answer.content for answer in answers}) == 1
    assert write.done is None or write.done() == 1


@every_post
def test_another_body_under_the_same_key_is_refused(write: Post) -> None:
    key = unique("key")
    accepted(write.send(key), write.status)
    refused(write.send(key, body=write.another_body), 422, "idempotency_key_reused")
    assert write.done is None or write.done() == 1


@every_post
def test_a_refused_body_leaves_the_key_free(write: Post) -> None:
    key = unique("key")
    refused(write.send(key, body=write.body | {"colour": "blue"}), 422, "invalid")
    accepted(write.send(key), write.status)


@every_post
def test_a_key_has_1_to_255_printable_characters(write: Post) -> None:
    for key in ("", "k" * 256, "a\tb", "é"):
        refused(write.send(key), 422, "invalid", field="Idempotency-Key")
    accepted(write.send(f"~ !{unique('key')}".ljust(255, "k")), write.status)
    assert write.done is None or write.done() == 1


@pytest.mark.parametrize("write", SIGNED, indirect=True)
def test_a_key_belongs_to_its_caller(forum: Forum, write: Post) -> None:
    key, other = unique("key"), forum.register("other")
    first = accepted(write.send(key), write.status)
    second = accepted(write.send(key, by=other), write.status)
    assert first.get("id", 1) != second.get("id", 2)


@pytest.mark.parametrize("write", SIGNED, indirect=True)
def test_a_key_is_looked_at_after_the_caller(forum: Forum, write: Post) -> None:
    for key in (unique("key"), "k" * 256):
        for token in (None, "none"):
            headers = {"Idempotency-Key": key}
            answer = forum.request("POST", write.path, json=write.body, token=token, headers=headers)
            refused(answer, 401, "unauthorized")


@pytest.mark.parametrize("write", ["changing a password"], indirect=True)
def test_an_answer_of_users_is_not_given_again_once_the_session_has_ended(write: Post) -> None:
    key = unique("key")
    accepted(write.send(key), write.status)
    write.person.logs_out()
    refused(write.send(key), 401, "unauthorized")
    refused(write.send(key, body=write.another_body), 401, "unauthorized")


@pytest.mark.parametrize("write", ["starting a topic", "replying"], indirect=True)
def test_an_ended_sessions_token_gets_an_answer_again_elsewhere(write: Post) -> None:
    key = unique("key")
    first = accepted(write.send(key), 201)
    write.person.logs_out()
    assert accepted(write.send(key), 201) == first


@pytest.mark.parametrize("write", SIGNED, indirect=True)
def test_nothing_is_answered_again_to_a_deleted_account(write: Post) -> None:
    key = unique("key")
    if write.status == 204:  # the password, which `leaves` sends
        write.person.password = write.body["new"]
    accepted(write.send(key), write.status)
    write.person.leaves()
    eventually(lambda: refused(write.send(key), 401, "unauthorized"))
    refused(write.send(key, body=write.another_body), 401, "unauthorized")


def test_a_key_belongs_to_a_path(ada: Person, topic: Json) -> None:
    key, other = unique("key"), ada.starts_topic()
    answers = [post(ada, topic, key), post(ada, other, key)]
    assert len({accepted(answer, 201)["id"] for answer in answers}) == 2


def post(person: Person, topic: Json, key: str, body: str = "once") -> httpx.Response:
    path = f"/api/topics/{topic['id']}/messages"
    return person.request("POST", path, json={"body": body}, headers={"Idempotency-Key": key})


def test_the_first_answer_stays_though_the_thing_has_changed(ada: Person, topic: Json) -> None:
    key = unique("key")
    first = accepted(post(ada, topic, key), 201)
    ada.deletes(first)
    assert accepted(post(ada, topic, key), 201) == first


def test_another_session_of_the_same_caller_gets_the_same_answer(forum: Forum, topic: Json) -> None:
    eve, key = forum.register("eve"), unique("key")
    first = accepted(post(eve, topic, key), 201)
    assert accepted(post(eve.logs_in_again(), topic, key), 201) == first


def test_without_a_key_everything_happens_twice(forum: Forum, ada: Person, topic: Json) -> None:
    assert ada.replies(topic, "x")["id"] != ada.replies(topic, "x")["id"]


def test_only_success_is_kept(ada: Person, moderator: Person, topic: Json) -> None:
    key = unique("key")
    moderator.edits(topic, locked=True)
    eventually(lambda: refused(post(ada, topic, unique("other")), 409, "topic_locked"))
    refused(post(ada, topic, key), 409, "topic_locked")
    moderator.edits(topic, locked=False)
    eventually(lambda: accepted(post(ada, topic, key), 201))
