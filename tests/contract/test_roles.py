"""Who may do what: every kind of person at every write, and what is said first of several mistakes."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, refused, unique
from mounted import Operation, applications, operation_of, operations, pages

KINDS = ["anonymous", "member", "author", "moderator", "admin", "suspended", "deleted"]
NOWHERE = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Write:
    """A request, and what it answers to each kind of person in the order of KINDS."""

    name: str
    method: str
    path: str  # {topic}, {message} are the author's; {user} is somebody else; {own} is who asks
    body: Json | None
    answers: str

    @property
    def status_of(self) -> dict[str, int]:
        return dict(zip(KINDS, map(int, self.answers.split()), strict=True))

    @property
    def honours_if_match(self) -> bool:
        return self.method == "PATCH" or self.path in ("/api/topics/{topic}", "/api/messages/{message}")


WRITES = [
    Write("starts a topic", "POST", "/api/topics", {"title": "A", "body": "B"},
          "401 201 201 201 201 403 401"),
    Write("edits a topic", "PATCH", "/api/topics/{topic}", {"title": "A"}, "401 403 200 200 200 403 401"),
    Write("tags a topic", "PATCH", "/api/topics/{topic}", {"tags": ["a"]}, "401 403 200 200 200 403 401"),
    Write("pins a topic", "PATCH", "/api/topics/{topic}", {"pinned": True}, "401 403 403 200 200 403 401"),
    Write("locks a topic", "PATCH", "/api/topics/{topic}", {"locked": True}, "401 403 403 200 200 403 401"),
    Write("deletes a topic", "DELETE", "/api/topics/{topic}", None, "401 403 204 204 204 403 401"),
    Write("replies", "POST", "/api/topics/{topic}/messages", {"body": "B"},
          "401 201 201 201 201 403 401"),
    Write("edits a message", "PATCH", "/api/messages/{message}", {"body": "B"},
          "401 403 200 403 403 403 401"),
    Write("deletes a message", "DELETE", "/api/messages/{message}", None, "401 403 204 204 204 403 401"),
    Write("edits the own profile", "PATCH", "/api/users/me", {"bio": "B"}, "401 200 200 200 200 403 401"),
    Write("gives a role", "PATCH", "/api/users/{user}", {"role": "member"},
          "401 403 403 403 200 403 401"),
    Write("suspends a user", "PATCH", "/api/users/{user}", {"state": "suspended"},
          "401 403 403 200 200 403 401"),
    Write("restores a user", "PATCH", "/api/users/{user}", {"state": "active"},
          "401 403 403 200 200 403 401"),
    Write("gives itself a role", "PATCH", "/api/users/{own}", {"role": "admin"},
          "401 403 403 403 200 403 401"),
    Write("changes the password not knowing it", "POST", "/api/users/me/password",
          {"current": "not this one at all", "new": PASSWORD}, "401 403 403 403 403 403 401"),
    Write("deletes the account not knowing the password", "DELETE", "/api/users/me",
          {"password": "not this one at all"}, "401 403 403 403 403 403 401"),
    Write("ends a session that is not there", "DELETE", "/api/sessions/{topic}", None,
          "401 404 404 404 404 404 401"),
]  # fmt: skip


@dataclass(frozen=True)
class Things:
    """What writes are aimed at."""

    topic: str
    message: str
    user: str


NOT_IN_THE_TABLE = {
    Operation("POST", "/api/users"): "looks at no token: tested below",
    Operation("POST", "/api/sessions"): "looks at no token: tested below",
    Operation("POST", "/api/sessions/refresh"): "looks at no token: tested below",
    Operation("DELETE", "/api/sessions/current"): "takes a session of one's own: test_ends.py",
}


def test_every_write_that_is_mounted_is_in_the_table() -> None:
    monolith = applications()["monolith"]
    ids = Things(NOWHERE, NOWHERE, "ada")
    paths = ((write.method, write.path.format(**vars(ids), own="ada")) for write in WRITES)
    tabled = {operation_of(monolith, *request) for request in paths}
    writes = {operation for operation in operations(monolith) - pages() if operation.method != "GET"}
    assert writes == tabled | NOT_IN_THE_TABLE.keys()


@pytest.fixture
def person(request: pytest.FixtureRequest, kind: str) -> Person | None:
    """Somebody of the kind that a test is about, None for the anonymous."""
    if kind == "anonymous":
        return None
    somebody: Person = request.getfixturevalue({"member": "bob", "author": "ada"}.get(kind, kind))
    return somebody


@pytest.fixture(scope="session")
def kept(forum: Forum, ada: Person) -> Things:
    """Things of Ada's that every write of these tests leaves as they are."""
    topic = ada.starts_topic()
    return Things(topic["id"], ada.replies(topic)["id"], forum.register("somebody").username)


def sends(forum: Forum, person: Person | None, write: Write, things: Things, **how: Any) -> httpx.Response:
    path = write.path.format(**vars(things), own=person.username if person else unique("nobody"))
    how.setdefault("json", write.body)
    return forum.request(write.method, path, token=person.token if person else None, **how)


CASES = [
    pytest.param(write, kind, status, id=f"{kind} {write.name}, {status}")
    for write in WRITES
    for kind, status in write.status_of.items()
]


@pytest.mark.parametrize(("write", "kind", "status"), CASES)
def test_who_may_do_what(
    forum: Forum, person: Person | None, ada: Person, kept: Things, write: Write, kind: str, status: int
) -> None:
    if status >= 400:
        code = "suspended" if (kind, status) == ("suspended", 403) else None
        refused(sends(forum, person, write, kept), status, code)
        return
    topic = ada.starts_topic()
    message = ada.replies(topic)["id"] if "{message}" in write.path else ""
    user = forum.register("somebody").username if "{user}" in write.path else ""
    accepted(sends(forum, person, write, Things(topic["id"], message, user)), status)


NOT_THERE = Things(NOWHERE, NOWHERE, "nobody-at-all")
NO_IDS = Things("nonsense", "nonsense", "x")
SAYS = {
    400: "bad_request", 401: "unauthorized", 412: "precondition_failed", 413: "too_large",
    415: "unsupported_media_type", 422: "invalid",
}  # fmt: skip


@dataclass(frozen=True)
class Mistake:
    """Something wrong with a request, which comes with all that would be said later: `status` is said first.
    Without `content` the body is right, without `aim` the thing is there; If-Match names no version."""

    status: int
    aim: Things | None = NOT_THERE
    content: bytes = b""
    kind: str = "application/json"

    def is_possible(self, write: Write) -> bool:
        if self.status == 412:
            return write.honours_if_match
        return "{" in write.path.replace("{own}", "") if self.status == 404 else write.body is not None

    def answer(self, write: Write, kind: str) -> int:
        """401 comes after 413, 415 and 400, and 403 between 404 and 412."""
        may = write.status_of[kind]
        is_said_later = {401: self.status in (422, 404, 412), 403: self.status == 412}
        return may if is_said_later.get(may) else self.status


MISTAKES = {
    "a body over 256 KiB": Mistake(413, content=b"{" * (256 * 1024 + 1), kind="text/plain"),
    "a body of another type": Mistake(415, content=b"{", kind="text/plain"),
    "a body that is no JSON": Mistake(400, content=b"{"),
    "a field that nobody knows": Mistake(422, content=b'{"colour": "blue"}'),
    "a thing that is not there": Mistake(404),
    "an id that is none": Mistake(404, NO_IDS),
    "a version that is past": Mistake(412, None),
}


@pytest.mark.parametrize(
    ("write", "mistake", "kind"),
    [
        pytest.param(write, mistake, kind, id=f"{kind} {write.name} with {words}")
        for write in WRITES
        for words, mistake in MISTAKES.items()
        if mistake.is_possible(write)
        for kind in KINDS
    ],
)
def test_of_several_mistakes_the_first_in_the_order_of_the_api_is_named(
    forum: Forum, person: Person | None, kept: Things, write: Write, mistake: Mistake, kind: str
) -> None:
    how: Json = {"headers": {"If-Match": '"0-x"'}}
    if mistake.content:
        how = {
            "json": None,
            "content": mistake.content,
            "headers": how["headers"] | {"Content-Type": mistake.kind},
        }
    status = mistake.answer(write, kind)
    refused(sends(forum, person, write, mistake.aim or kept, **how), status, SAYS.get(status))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [True, False], ids=["with an idempotency key", "without"])
def test_registering_and_logging_in_look_at_no_token(forum: Forum, person: Person | None, key: bool) -> None:
    """Whoever has an old token in hand, or none, can log in and go on."""
    token = person.token if person else "none"
    account = {"username": unique("eve"), "password": PASSWORD}

    def posts(path: str, body: Json, status: int) -> Json:
        headers = {"Idempotency-Key": unique("key")} if key else {}
        return accepted(forum.request("POST", path, json=body, token=token, headers=headers), status)

    posts("/api/users", account, 201)
    session = posts("/api/sessions", account, 201)
    posts("/api/sessions/refresh", {"refresh_token": session["refresh_token"]}, 200)
