"""Who may do what: every kind of person at every write."""

from dataclasses import dataclass
from functools import partial

import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, eventually, path_of, refused, unique

ANYONE = ["anonymous", "member", "author", "moderator", "admin", "suspended", "deleted"]


@dataclass(frozen=True)
class Write:
    """A request, and what it answers to each kind of person in the order of ANYONE."""

    name: str
    method: str
    path: str  # {topic}, {message} are the author's; {user} is somebody else; {own} is who asks
    body: Json | None
    answers: str

    def cases(self) -> "list[tuple[Write, str, int]]":
        return [(self, who, int(status)) for who, status in zip(ANYONE, self.answers.split(), strict=True)]


WRITES = [
    Write("starts a topic", "POST", "/api/topics", {"title": "A", "body": "B"},
          "401 201 201 201 201 403 401"),
    Write("edits a topic", "PATCH", "/api/topics/{topic}", {"title": "A"}, "401 403 200 200 200 403 401"),
    Write("tags a topic", "PATCH", "/api/topics/{topic}", {"tags": ["a"]}, "401 403 200 200 200 403 401"),
    Write("pins a topic", "PATCH", "/api/topics/{topic}", {"pinned": True}, "401 403 403 200 200 403 401"),
    Write("locks a topic", "PATCH", "/api/topics/{topic}", {"locked": True}, "401 403 403 200 200 403 401"),
    Write("deletes a topic", "DELETE", "/api/topics/{topic}", None, "401 403 204 204 204 403 401"),
    Write("replies", "POST", "/api/topics/{topic}/messages", {"body": "B"}, "401 201 201 201 201 403 401"),
    Write("edits a message", "PATCH", "/api/messages/{message}", {"body": "B"},
          "401 403 200 403 403 403 401"),
    Write("deletes a message", "DELETE", "/api/messages/{message}", None, "401 403 204 204 204 403 401"),
    Write("edits the profile", "PATCH", "/api/users/me", {"bio": "B"}, "401 200 200 200 200 403 401"),
    Write("gives a role", "PATCH", "/api/users/{user}", {"role": "member"}, "401 403 403 403 200 403 401"),
    Write("suspends", "PATCH", "/api/users/{user}", {"state": "suspended"}, "401 403 403 200 200 403 401"),
    Write("restores", "PATCH", "/api/users/{user}", {"state": "active"}, "401 403 403 200 200 403 401"),
    Write("promotes itself", "PATCH", "/api/users/{own}", {"role": "admin"}, "401 403 403 403 200 403 401"),
    Write("changes a password", "POST", "/api/users/me/password",
          {"current": "not this one at all", "new": PASSWORD}, "401 403 403 403 403 403 401"),
    Write("deletes an account", "DELETE", "/api/users/me",
          {"password": "not this one at all"}, "401 403 403 403 403 403 401"),
    Write("ends a session that is not there", "DELETE", "/api/sessions/{topic}", None,
          "401 404 404 404 404 404 401"),
    Write("logs out", "DELETE", "/api/sessions/current", None, "401 204 204 204 204 403 401"),
]  # fmt: skip


@pytest.fixture(scope="session")
def people(
    ada: Person, bob: Person, moderator: Person, admin: Person, suspended: Person, deleted: Person
) -> dict[str, Person]:
    return {
        "member": bob,
        "author": ada,
        "moderator": moderator,
        "admin": admin,
        "suspended": suspended,
        "deleted": deleted,
    }


@pytest.mark.parametrize(
    ("write", "who", "status"),
    [pytest.param(*case, id=f"{case[1]} {write.name}") for write in WRITES for case in write.cases()],
)
def test_who_may_do_what(
    forum: Forum, people: dict[str, Person], topic: Json, write: Write, who: str, status: int
) -> None:
    person = people.get(who)
    if write.name == "logs out" and status == 204:
        person = people[who].logs_in_again()
    user = forum.register("somebody").username if "{user}" in write.path else ""
    own = person.username if person else unique("nobody")
    message = people["author"].replies(topic)["id"] if "{message}" in write.path else ""
    path = write.path.format(topic=topic["id"], message=message, user=user, own=own)
    token = person.token if person else None
    answer = forum.request(write.method, path, token=token, json=write.body)
    if status < 400:
        accepted(answer, status)
    else:
        refused(answer, status, "suspended" if (who, status) == ("suspended", 403) else None)


@pytest.mark.parametrize("change", [{"title": "A", "pinned": False}, {"title": "A", "locked": False}])
def test_an_author_who_sends_pinned_or_locked_changes_nothing(
    forum: Forum, ada: Person, topic: Json, change: Json
) -> None:
    refused(ada.request("PATCH", f"/api/topics/{topic['id']}", json=change), 403)
    assert forum.topic(topic)["title"] == topic["title"]


def test_a_suspended_author_keeps_off_their_own_texts(forum: Forum, moderator: Person) -> None:
    eve = forum.register("eve")
    topic = eve.starts_topic()
    message = eve.replies(topic)
    moderator.changes_user(eve, state="suspended")
    for path, change in ((path_of(topic), {"title": "x"}), (path_of(message), {"body": "x"})):
        edit = partial(eve.request, "PATCH", path, json=change)
        eventually(lambda edit=edit: refused(edit(), 403, "suspended"))  # type: ignore[misc]
        refused(eve.request("DELETE", path), 403, "suspended")


def test_nobody_suspends_an_admin(forum: Forum, admin: Person, moderator: Person) -> None:
    for person in (moderator, admin):
        refused(person.request("PATCH", f"/api/users/{admin.username}", json={"state": "suspended"}), 403)
    accepted(admin.request("GET", "/api/users/me"))


def test_a_moderator_suspends_a_moderator_but_gives_no_role(
    forum: Forum, admin: Person, moderator: Person
) -> None:
    eve = forum.register("eve")
    admin.changes_user(eve, role="moderator")
    both = {"state": "suspended", "role": "member"}
    refused(moderator.request("PATCH", f"/api/users/{eve.username}", json=both), 403)
    assert accepted(admin.request("GET", f"/api/users/{eve.username}"))["state"] == "active"
    assert moderator.changes_user(eve, state="suspended")["state"] == "suspended"


def test_the_last_admin_stays_one(forum: Forum, admin: Person) -> None:
    if any(user["role"] == "admin" and user["id"] != admin.id for user in forum.all("/api/users", limit=100)):
        pytest.skip("there is another admin")
    answer = admin.request("PATCH", f"/api/users/{admin.username}", json={"role": "member"})
    assert answer.status_code in (403, 409)
    refused(answer, answer.status_code)
    assert accepted(admin.request("GET", "/api/users/me"))["role"] == "admin"


def test_a_user_who_is_not_there_is_404_before_403(ada: Person, moderator: Person, admin: Person) -> None:
    for person in (ada, moderator, admin):
        answer = person.request("PATCH", f"/api/users/{unique('nobody')}", json={"role": "member"})
        refused(answer, 404, "user_not_found")
