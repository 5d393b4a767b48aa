"""Logging in and out, refreshing, devices, and what a token is worth."""

import base64
import json

import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, eventually, refused, unique


def login(forum: Forum, username: str, password: str = PASSWORD, **how: str) -> Json:
    answer = forum.request(
        "POST", "/api/sessions", json={"username": username, "password": password}, headers=how
    )
    return accepted(answer, 201)


def test_logging_in_answers_with_a_session(ada: Person) -> None:
    session = ada.session
    assert session.keys() >= {"access_token", "token_type", "expires_in", "refresh_token", "user"}
    assert session["token_type"] == "Bearer"  # noqa: S105
    assert 0 < session["expires_in"] <= 600
    assert session["user"]["display_name"] == "Ada"


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_and_an_unknown_name_are_refused_alike(
    forum: Forum, ada: Person, known: bool
) -> None:
    wrong = {"username": ada.username if known else unique("nobody"), "password": "not this one at all"}
    problem = refused(forum.request("POST", "/api/sessions", json=wrong), 401, "bad_credentials")
    assert wrong["username"] not in json.dumps(problem)


def test_a_suspended_user_is_told_so_only_with_the_right_password(forum: Forum, suspended: Person) -> None:
    right = {"username": suspended.username, "password": PASSWORD}
    refused(forum.request("POST", "/api/sessions", json=right), 403, "suspended")
    wrong = right | {"password": "not this one at all"}
    refused(forum.request("POST", "/api/sessions", json=wrong), 401, "bad_credentials")


def test_a_suspended_user_cannot_refresh(forum: Forum, suspended: Person) -> None:
    pair = {"refresh_token": suspended.refresh_token}
    refused(forum.request("POST", "/api/sessions/refresh", json=pair), 403, "suspended")


def test_after_ten_failures_even_the_right_password_waits(forum: Forum) -> None:
    """Neither another case of the name nor a forwarded address that the caller made up helps."""
    username = unique("guessed")
    account = {"username": username, "password": PASSWORD}
    accepted(forum.request("POST", "/api/users", json=account), 201)
    for attempt in range(10):
        spelling = username.upper() if attempt % 2 else username
        wrong = {"username": spelling, "password": "not this one at all"}
        made_up = {"X-Forwarded-For": f"192.0.2.{attempt}"}
        answer = forum.request("POST", "/api/sessions", json=wrong, headers=made_up)
        refused(answer, 401, "bad_credentials")
    answer = forum.request("POST", "/api/sessions", json=account)
    refused(answer, 429, "too_many_failures")
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60


def test_refreshing_gives_a_new_pair(forum: Forum) -> None:
    eve = forum.register("eve")
    before = (eve.token, eve.refresh_token)
    eve.refreshes()
    assert eve.refresh_token != before[1]
    accepted(eve.request("GET", "/api/users/me"))


def test_a_refresh_token_serves_once_and_using_it_again_ends_the_session(forum: Forum) -> None:
    eve = forum.register("eve")
    used = {"refresh_token": eve.refresh_token}
    eve.refreshes()
    refused(forum.request("POST", "/api/sessions/refresh", json=used), 401, "bad_refresh_token")
    newest = {"refresh_token": eve.refresh_token}
    refused(forum.request("POST", "/api/sessions/refresh", json=newest), 401, "bad_refresh_token")
    refused(eve.request("GET", "/api/users/me"), 401)


def test_a_refresh_with_an_idempotency_key_may_be_repeated(forum: Forum) -> None:
    eve = forum.register("eve")
    how: Json = {
        "json": {"refresh_token": eve.refresh_token},
        "headers": {"Idempotency-Key": unique("refresh")},
    }
    first = accepted(forum.request("POST", "/api/sessions/refresh", **how))
    again = accepted(forum.request("POST", "/api/sessions/refresh", **how))
    assert again == first
    accepted(forum.request("GET", "/api/users/me", token=first["access_token"]))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 40, "x" * 5000])
def test_a_refresh_token_that_is_none_is_refused(forum: Forum, token: str) -> None:
    answer = forum.request("POST", "/api/sessions/refresh", json={"refresh_token": token})
    assert answer.status_code in (401, 422)
    refused(answer, answer.status_code, "bad_refresh_token" if answer.status_code == 401 else None)


def test_an_access_token_does_not_refresh(forum: Forum, ada: Person) -> None:
    answer = forum.request("POST", "/api/sessions/refresh", json={"refresh_token": ada.token})
    refused(answer, 401, "bad_refresh_token")


def test_devices_are_listed_and_one_of_them_is_this(forum: Forum) -> None:
    eve = forum.register("eve")
    session = login(forum, eve.username, **{"User-Agent": "Teapot/1.0 (é)"})
    devices = accepted(forum.request("GET", "/api/sessions", token=session["access_token"]))["items"]
    assert len(devices) == 2
    for device in devices:
        assert device.keys() >= {"id", "created_at", "last_used_at", "user_agent", "current"}
    (current,) = (device for device in devices if device["current"])
    assert current["user_agent"].startswith("Teapot/1.0")


def test_a_session_that_was_ended_elsewhere_is_401_at_users_at_once(forum: Forum) -> None:
    eve = forum.register("eve")
    elsewhere = eve.logs_in_again()
    devices = accepted(eve.request("GET", "/api/sessions"))["items"]
    (other,) = (device for device in devices if not device["current"])
    accepted(eve.request("DELETE", f"/api/sessions/{other['id']}"), 204)
    refused(elsewhere.request("GET", "/api/users/me"), 401)
    pair = {"refresh_token": elsewhere.refresh_token}
    refused(forum.request("POST", "/api/sessions/refresh", json=pair), 401, "bad_refresh_token")
    refused(eve.request("DELETE", f"/api/sessions/{other['id']}"), 404)
    assert len(accepted(eve.request("GET", "/api/sessions"))["items"]) == 1


def test_logging_out_ends_the_session(forum: Forum) -> None:
    eve = forum.register("eve")
    eve.logs_out()
    refused(eve.request("GET", "/api/users/me"), 401)
    refused(eve.request("DELETE", "/api/sessions/current"), 401)
    pair = {"refresh_token": eve.refresh_token}
    refused(forum.request("POST", "/api/sessions/refresh", json=pair), 401, "bad_refresh_token")


def test_an_ended_sessions_token_goes_on_elsewhere_until_it_expires(forum: Forum) -> None:
    eve = forum.register("eve")
    topic = eve.starts_topic()
    eve.logs_out()
    eve.replies(topic)
    eve.starts_topic()


@pytest.mark.parametrize("name", ["00000000-0000-7000-8000-000000000000", "nonsense"])
def test_a_session_that_is_not_there_is_404(ada: Person, name: str) -> None:
    refused(ada.request("DELETE", f"/api/sessions/{name}"), 404)


def test_nobody_ends_the_session_of_somebody_else(forum: Forum, bob: Person) -> None:
    eve = forum.register("eve")
    (device,) = accepted(eve.request("GET", "/api/sessions"))["items"]
    refused(bob.request("DELETE", f"/api/sessions/{device['id']}"), 404)
    accepted(eve.request("GET", "/api/users/me"))


def test_a_new_role_counts_from_the_next_token(forum: Forum, ada: Person, admin: Person) -> None:
    eve = forum.register("eve")
    topic = ada.starts_topic()
    admin.changes_user(eve, role="moderator")
    refused(eve.request("PATCH", f"/api/topics/{topic['id']}", json={"pinned": True}), 403)
    eve.refreshes()
    assert eve.user["role"] == "moderator"
    assert eve.edits(topic, pinned=True)["pinned"] is True
    admin.changes_user(eve, role="member")


def test_a_role_that_was_taken_back_serves_until_the_token_expires(
    forum: Forum, ada: Person, admin: Person
) -> None:
    eve = forum.register("eve")
    admin.changes_user(eve, role="moderator")
    eve = eve.logs_in_again()
    topic = ada.starts_topic()
    admin.changes_user(eve, role="member")
    assert eve.edits(topic, pinned=True)["pinned"] is True
    refused(eve.logs_in_again().request("PATCH", f"/api/topics/{topic['id']}", json={"pinned": False}), 403)


def test_failures_are_counted_for_each_name(forum: Forum, ada: Person) -> None:
    """Or whoever guesses could lock out everybody at the same address."""
    guessed = forum.register("guessed")
    wrong = {"username": guessed.username, "password": "not this one at all"}
    for _ in range(10):
        refused(forum.request("POST", "/api/sessions", json=wrong), 401, "bad_credentials")
    problem = refused(forum.request("POST", "/api/sessions", json=wrong), 429, "too_many_failures")
    assert guessed.username not in json.dumps(problem)
    forum.log_in(ada.username)
    accepted(guessed.request("GET", "/api/users/me"))


def test_the_key_that_signed_a_token_is_published_without_its_secret(forum: Forum, ada: Person) -> None:
    header, claims = (decoded(part) for part in ada.token.split(".")[:2])
    keys = {key["kid"]: key for key in accepted(forum.get("/.well-known/jwks.json"))["keys"]}
    assert header["alg"] == "EdDSA"
    assert keys[header["kid"]].keys() >= {"kty", "crv", "x", "kid"}
    assert all("d" not in key for key in keys.values())
    assert (claims["sub"], claims["username"], claims["role"]) == (ada.id, ada.username, "member")
    assert claims.keys() >= {"iss", "aud", "exp", "sid", "display_name"}


def decoded(part: str) -> Json:
    content: Json = json.loads(base64.urlsafe_b64decode(part + "=="))
    return content


def test_a_lifted_suspension_lets_write_again(forum: Forum, moderator: Person) -> None:
    eve = forum.register("eve")
    topic = eve.starts_topic()
    moderator.changes_user(eve, state="suspended")
    eventually(lambda: refused(eve.request("POST", "/api/topics", json={"title": "x", "body": "y"}), 403))
    assert moderator.changes_user(eve, state="active")["state"] == "active"
    eve = eve.logs_in_again()
    eventually(lambda: eve.starts_topic())
    eventually(lambda: eve.replies(topic))
