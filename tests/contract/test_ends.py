"""What ends a session or an account, by every kind of person: each in an account made for it."""

from collections.abc import Callable, Iterator

import pytest
from forum_client import PASSWORD, Forum, Person, accepted, refused, unique
from running import DATABASES

Make = Callable[[str], Person]


@pytest.fixture
def make(forum: Forum, admin: Person) -> Iterator[Make]:
    """Makes a person of a kind: member, moderator, admin, suspended or deleted. No admin is left behind."""
    made: list[Person] = []

    def make_one(kind: str) -> Person:
        person = forum.register(kind)
        if kind in ("moderator", "admin"):
            admin.changes_user(person, role=kind)
            made.append(person := person.logs_in_again())
        elif kind == "suspended":
            admin.changes_user(person, state="suspended")
        elif kind == "deleted":
            person.leaves()
        return person

    yield make_one
    for person in made:
        answer = admin.request("PATCH", f"/api/users/{person.username}", json={"role": "member"})
        assert answer.status_code in (200, 404)


STANDING = ["member", "moderator", "admin"]
GONE = {"suspended": (403, "suspended"), "deleted": (401, "unauthorized")}


@pytest.mark.parametrize("kind", STANDING)
def test_whoever_knows_the_password_changes_it(forum: Forum, make: Make, kind: str) -> None:
    person = make(kind)
    change = {"current": PASSWORD, "new": "another long one"}
    accepted(person.request("POST", "/api/users/me/password", json=change), 204)
    refused(person.request("POST", "/api/users/me/password", json=change), 403, "bad_credentials")
    forum.log_in(person.username, "another long one")


@pytest.mark.parametrize("kind", STANDING)
def test_whoever_knows_the_password_deletes_the_account(forum: Forum, make: Make, kind: str) -> None:
    person = make(kind)
    person.leaves()
    refused(person.request("GET", "/api/users/me"), 401, "unauthorized")
    refused(forum.get(f"/api/users/{person.username}"), 404, "user_not_found")


@pytest.mark.parametrize("kind", STANDING)
def test_whoever_is_logged_in_ends_their_own_sessions(make: Make, kind: str) -> None:
    person = make(kind)
    other = person.logs_in_again()
    (session,) = (d["id"] for d in accepted(other.request("GET", "/api/sessions"))["items"] if d["current"])
    accepted(person.request("DELETE", f"/api/sessions/{session}"), 204)
    refused(other.request("DELETE", "/api/sessions/current"), 401, "unauthorized")
    accepted(person.request("DELETE", "/api/sessions/current"), 204)
    refused(person.request("GET", "/api/sessions"), 401, "unauthorized")


@pytest.mark.parametrize("kind", GONE)
def test_whoever_is_suspended_or_deleted_ends_nothing(forum: Forum, make: Make, kind: str) -> None:
    person = make(kind)
    status, code = GONE[kind]
    session = "00000000-0000-7000-8000-000000000000"
    if kind == "suspended":
        (device,) = accepted(person.request("GET", "/api/sessions"))["items"]
        session = device["id"]
    change = {"current": PASSWORD, "new": "another long one"}
    refused(person.request("POST", "/api/users/me/password", json=change), status, code)
    refused(person.request("DELETE", "/api/users/me", json={"password": PASSWORD}), status, code)
    refused(person.request("DELETE", f"/api/sessions/{session}"), status, code)
    refused(person.request("DELETE", "/api/sessions/current"), status, code)


def test_nobody_who_is_anonymous_ends_anything(forum: Forum) -> None:
    change = {"current": PASSWORD, "new": "another long one"}
    refused(forum.request("POST", "/api/users/me/password", json=change), 401, "unauthorized")
    refused(forum.request("DELETE", "/api/users/me", json={"password": PASSWORD}), 401, "unauthorized")
    refused(forum.request("DELETE", "/api/sessions/current"), 401, "unauthorized")
    refused(forum.request("DELETE", f"/api/sessions/{unique('x')}"), 401, "unauthorized")
    refused(forum.get("/api/sessions"), 401, "unauthorized")


def test_the_last_admin_stays_one_and_stays(forum: Forum, admin: Person) -> None:
    if forum.name not in DATABASES:
        pytest.skip("a forum that broke this rule would lose its administrator by this test")
    change = {"role": "member"}
    refused(admin.request("PATCH", f"/api/users/{admin.username}", json=change), 403, "forbidden")
    refused(admin.request("DELETE", "/api/users/me", json={"password": admin.password}), 403, "forbidden")
    assert accepted(admin.request("GET", "/api/users/me"))["role"] == "admin"


def test_nobody_suspends_an_admin(make: Make, moderator: Person, admin: Person) -> None:
    another = make("admin")
    path = f"/api/users/{another.username}"
    for person in (moderator, admin, another):
        refused(person.request("PATCH", path, json={"state": "suspended"}), 403, "forbidden")
    refused(admin.request("PATCH", path, json={"role": "member", "state": "suspended"}), 403, "forbidden")
    assert accepted(admin.request("GET", path))["state"] == "active"
