"""Registration, profiles, passwords, suspension from the outside, and leaving."""

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from forum_client import PASSWORD, Forum, Person, accepted, eventually, refused, unique

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
USER = {"id", "username", "display_name", "bio", "role", "created_at"}


def test_registering_answers_with_the_new_member(forum: Forum) -> None:
    account = {"username": unique("Eve"), "password": PASSWORD, "display_name": "Eve  É"}
    user = accepted(forum.request("POST", "/api/users", json=account), 201)
    assert user.keys() >= USER
    assert "state" not in user
    assert not any("password" in key for key in user)
    UUID(user["id"])
    assert TIME.fullmatch(user["created_at"])
    assert user["username"] == account["username"]
    assert user["display_name"] == "Eve  É", "text is kept as sent"
    assert (user["bio"], user["role"]) == ("", "member")


def test_a_display_name_that_was_not_given_is_the_username(forum: Forum) -> None:
    account = {"username": unique("eve"), "password": PASSWORD}
    assert (
        accepted(forum.request("POST", "/api/users", json=account), 201)["display_name"]
        == account["username"]
    )


def test_a_username_is_taken_in_any_case(forum: Forum, ada: Person) -> None:
    account = {"username": ada.username.upper(), "password": PASSWORD}
    refused(forum.request("POST", "/api/users", json=account), 409, "username_taken")


@pytest.mark.parametrize("username", ["deleted", "Deleted"])
def test_the_name_deleted_is_taken(forum: Forum, username: str) -> None:
    account = {"username": username, "password": PASSWORD}
    refused(forum.request("POST", "/api/users", json=account), 409, "username_taken")


def test_of_two_who_register_one_name_at_the_same_moment_one_gets_it(forum: Forum) -> None:
    account = {"username": unique("twin"), "password": PASSWORD}
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda _: forum.request("POST", "/api/users", json=account).status_code, range(4))
        )
    assert sorted(answers) == [201, 409, 409, 409]


def test_a_user_is_found_in_any_case_of_the_name(forum: Forum, ada: Person) -> None:
    assert accepted(forum.get(f"/api/users/{ada.username.upper()}")) == accepted(
        forum.get(f"/api/users/{ada.username}")
    )


@pytest.mark.parametrize("username", ["nobody-at-all", "deleted", "a", "x" * 300, "%20", "é"])
def test_an_unknown_user_is_404(forum: Forum, username: str) -> None:
    refused(forum.get(f"/api/users/{username}"), 404, "user_not_found")


def test_users_are_listed_by_username_and_found_by_its_beginning(forum: Forum) -> None:
    word = unique("list")
    names = [f"{word}-{letter}" for letter in "cab"]
    for name in names:
        accepted(forum.request("POST", "/api/users", json={"username": name, "password": PASSWORD}), 201)
    for spelling in (word, word.upper(), word.capitalize()):
        assert [user["username"] for user in forum.all("/api/users", q=spelling)] == sorted(names)
    assert [user["username"] for user in forum.all("/api/users", q=word[1:])] == [], "q is a prefix"


def test_an_underscore_in_a_prefix_stands_for_itself(forum: Forum) -> None:
    word = unique("u")
    for name in (f"{word}_a", f"{word}xa"):
        accepted(forum.request("POST", "/api/users", json={"username": name, "password": PASSWORD}), 201)
    assert [user["username"] for user in forum.all("/api/users", q=f"{word}_")] == [f"{word}_a"]
    assert list(forum.all("/api/users", q="%")) == []


def test_only_moderators_see_the_state_of_a_user(
    forum: Forum, ada: Person, bob: Person, moderator: Person, admin: Person
) -> None:
    path, row = f"/api/users/{bob.username}", f"/api/users?q={bob.username}"
    assert "state" not in accepted(forum.get(path))
    assert "state" not in accepted(ada.request("GET", path))
    assert "state" not in accepted(ada.request("GET", row))["items"][0]
    for person in (moderator, admin):
        assert accepted(person.request("GET", path))["state"] == "active"
        assert accepted(person.request("GET", row))["items"][0]["state"] == "active"


def test_everybody_reads_their_own_profile(forum: Forum, ada: Person) -> None:
    assert accepted(ada.request("GET", "/api/users/me"))["id"] == ada.id
    refused(forum.get("/api/users/me"), 401)


def test_a_changed_profile_is_seen_at_once_at_users(forum: Forum) -> None:
    eve = forum.register("eve")
    changed = eve.changes_profile(display_name="Eva", bio="Likes tea.\r\n")
    assert (changed["display_name"], changed["bio"]) == ("Eva", "Likes tea.\r\n")
    assert accepted(forum.get(f"/api/users/{eve.username}")) == changed
    assert eve.changes_profile(bio="")["bio"] == ""
    assert eve.changes_profile(bio="!")["display_name"] == "Eva", "what is not sent stays"


def test_a_changed_display_name_reaches_topics_and_messages(forum: Forum) -> None:
    eve = forum.register("eve")
    topic = eve.starts_topic()
    message = eve.replies(topic)
    eve.changes_profile(display_name="Eva")

    def renamed() -> None:
        assert forum.topic(topic)["author"]["display_name"] == "Eva"
        assert forum.message(message)["author"]["display_name"] == "Eva"
        assert forum.reads(topic)[0]["author"] == eve.author

    eventually(renamed)


def test_a_new_password_replaces_the_old_one_and_ends_other_sessions(forum: Forum) -> None:
    eve = forum.register("eve")
    elsewhere = eve.logs_in_again()
    change = {"current": PASSWORD, "new": "another long one"}
    accepted(eve.request("POST", "/api/users/me/password", json=change), 204)
    refused(elsewhere.request("GET", "/api/users/me"), 401)
    pair = {"refresh_token": elsewhere.refresh_token}
    refused(forum.request("POST", "/api/sessions/refresh", json=pair), 401, "bad_refresh_token")
    accepted(eve.request("GET", "/api/users/me"))
    old = {"username": eve.username, "password": PASSWORD}
    refused(forum.request("POST", "/api/sessions", json=old), 401, "bad_credentials")
    forum.log_in(eve.username, "another long one")


def test_a_password_is_changed_only_by_who_knows_it(ada: Person) -> None:
    change = {"current": "not this one at all", "new": "another long one"}
    refused(ada.request("POST", "/api/users/me/password", json=change), 403, "bad_credentials")


def test_an_account_is_deleted_only_with_its_password(ada: Person) -> None:
    answer = ada.request("DELETE", "/api/users/me", json={"password": "not this one at all"})
    refused(answer, 403, "bad_credentials")


def test_a_deleted_user_is_nowhere_but_the_name_stays_taken(forum: Forum, moderator: Person) -> None:
    eve = forum.register("eve")
    eve.leaves()
    refused(forum.get(f"/api/users/{eve.username}"), 404, "user_not_found")
    refused(moderator.request("GET", f"/api/users/{eve.username}"), 404, "user_not_found")
    assert list(forum.all("/api/users", q=eve.username)) == []
    account = {"username": eve.username, "password": PASSWORD}
    refused(forum.request("POST", "/api/users", json=account), 409, "username_taken")
    refused(forum.request("POST", "/api/sessions", json=account), 401, "bad_credentials")
    refused(eve.request("GET", "/api/users/me"), 401)
    pair = {"refresh_token": eve.refresh_token}
    refused(forum.request("POST", "/api/sessions/refresh", json=pair), 401, "bad_refresh_token")


def test_the_texts_of_a_deleted_user_stay_without_the_name(forum: Forum) -> None:
    eve = forum.register("eve")
    topic = eve.starts_topic(title="Stays")
    message = eve.replies(topic, "Stays too.")
    eve.leaves()
    nobody = {"id": eve.id, "username": "deleted", "display_name": "Deleted user"}

    def anonymous() -> None:
        assert forum.topic(topic)["author"] == nobody
        assert forum.message(message)["author"] == nobody

    eventually(anonymous)
    assert forum.topic(topic)["title"] == "Stays"
    assert forum.message(message)["body"] == "Stays too."
