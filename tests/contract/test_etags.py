"""ETag, If-None-Match and If-Match."""

import re

import pytest
from forum_client import Forum, Json, Person, accepted, eventually, path_of, refused, unique

OF_ONE_THING = re.compile(r'"\d+-[^"]+"')


def etag(reader: Forum | Person, path: str) -> str:
    answer = reader.request("GET", path)
    accepted(answer)
    return answer.headers["etag"]


def single(ada: Person, topic: Json, message: Json) -> list[str]:
    return [path_of(topic), path_of(message), f"/api/users/{ada.username}", "/api/users/me"]


def lists(topic: Json) -> list[str]:
    return [
        "/api/users?q=ada", "/api/sessions", "/.well-known/jwks.json",
        "/api/topics", "/api/tags", "/api/messages", f"{path_of(topic)}/messages",
    ]  # fmt: skip


def test_one_thing_has_an_etag_of_version_and_digest(ada: Person, topic: Json, message: Json) -> None:
    for path in single(ada, topic, message):
        assert OF_ONE_THING.fullmatch(etag(ada, path)), path


def test_what_the_reader_has_already_is_304(forum: Forum, ada: Person, topic: Json, message: Json) -> None:
    eventually(lambda: counted(forum, topic))
    for path in single(ada, topic, message) + lists(topic):
        tag = etag(ada, path)
        for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            for method in ("GET", "HEAD"):
                answer = ada.request(method, path, headers={"If-None-Match": known})
                assert (answer.status_code, answer.content) == (304, b""), (method, path, known)
                assert answer.headers["etag"] == tag, path
                assert answer.headers["x-request-id"], path
        accepted(ada.request("GET", path, headers={"If-None-Match": '"1-x"'}))


def counted(forum: Forum, topic: Json) -> None:
    """The topic's one message is known to topics: it will not change by itself any more."""
    assert forum.topic(topic)["message_count"] == 1


def test_a_changed_thing_has_another_etag(forum: Forum, ada: Person, topic: Json, message: Json) -> None:
    for thing in (topic, message):
        before = etag(forum, path_of(thing))
        ada.edits(thing, body="Other")
        assert etag(forum, path_of(thing)) != before
    before = etag(forum, f"{path_of(topic)}/messages")
    ada.replies(topic)
    assert etag(forum, f"{path_of(topic)}/messages") != before
    full = etag(forum, f"{path_of(topic)}/messages?limit=1")
    ada.replies(topic)
    assert etag(forum, f"{path_of(topic)}/messages?limit=1") != full, "the last number is another"


def test_an_edit_of_what_was_edited_meanwhile_is_412(
    forum: Forum, ada: Person, topic: Json, message: Json
) -> None:
    for thing in (topic, message):
        path = path_of(thing)
        seen = {"If-Match": etag(forum, path)}
        accepted(ada.request("PATCH", path, json={"body": "First"}, headers=seen))
        refused(ada.request("PATCH", path, json={"body": "Second"}, headers=seen), 412)
        assert accepted(forum.get(path))["body"] == "First"
        now = {"If-Match": f'"x", {etag(forum, path)}'}
        accepted(ada.request("PATCH", path, json={"body": "Second"}, headers=now))
        accepted(ada.request("PATCH", path, json={"body": "Third"}, headers={"If-Match": "*"}))


@pytest.mark.parametrize("tag", ['"x"', '"0-x"', "x", '""', '"99999999999999999999-x"', '"1'])
def test_an_if_match_that_matches_nothing_is_412(ada: Person, topic: Json, tag: str) -> None:
    refused(ada.request("PATCH", path_of(topic), json={"body": "x"}, headers={"If-Match": tag}), 412)


def test_what_others_do_does_not_make_an_editors_412(forum: Forum, bob: Person) -> None:
    """A new message, a renamed author: the answer changes, the version stays."""
    eve = forum.register("eve")
    topic = eve.starts_topic()
    seen = etag(forum, path_of(topic))
    bob.replies(topic)
    eve.changes_profile(display_name="Eva")

    def both_arrived() -> None:
        now = forum.topic(topic)
        assert (now["message_count"], now["author"]["display_name"]) == (1, "Eva")

    eventually(both_arrived)
    assert etag(forum, path_of(topic)) != seen, "the reader must see the change"
    answer = eve.request("PATCH", path_of(topic), json={"body": "x"}, headers={"If-Match": seen})
    assert accepted(answer)["body"] == "x"


def test_pinning_and_locking_do_not_make_an_editors_412(
    forum: Forum, ada: Person, moderator: Person, topic: Json
) -> None:
    seen = {"If-Match": etag(forum, path_of(topic))}
    moderator.edits(topic, pinned=True, locked=True)
    accepted(ada.request("PATCH", path_of(topic), json={"body": "x"}, headers=seen))


def test_a_head_has_the_etag_of_the_get(forum: Forum, topic: Json) -> None:
    answer = forum.request("HEAD", path_of(topic))
    assert answer.headers["etag"] == etag(forum, path_of(topic))


def test_a_refused_edit_changes_no_version(forum: Forum, ada: Person, bob: Person, topic: Json) -> None:
    seen = etag(forum, path_of(topic))
    refused(bob.request("PATCH", path_of(topic), json={"body": "x"}), 403)
    refused(ada.request("PATCH", path_of(topic), json={"body": ""}), 422)
    assert etag(forum, path_of(topic)) == seen


def test_a_write_answers_with_the_etag_that_a_read_gives(forum: Forum, ada: Person) -> None:
    written = [ada.request("POST", "/api/topics", json={"title": "A", "body": "B"})]
    topic = accepted(written[0], 201)
    written.append(ada.request("POST", f"{path_of(topic)}/messages", json={"body": "B"}))
    message = accepted(written[1], 201)
    eventually(lambda: counted(forum, topic))
    written[0] = ada.request("PATCH", path_of(topic), json={"title": "C"})
    for answer, thing in zip(written, (topic, message), strict=True):
        assert answer.headers["etag"] == etag(forum, path_of(thing))
    profile = ada.request("PATCH", "/api/users/me", json={"bio": unique("bio")})
    assert profile.headers["etag"] == etag(forum, f"/api/users/{ada.username}") == etag(ada, "/api/users/me")


def test_a_profile_edited_meanwhile_is_412(forum: Forum) -> None:
    eve = forum.register("eve")
    seen = {"If-Match": etag(eve, "/api/users/me")}
    accepted(eve.request("PATCH", "/api/users/me", json={"bio": "First"}, headers=seen))
    refused(eve.request("PATCH", "/api/users/me", json={"bio": "Second"}, headers=seen), 412)
    now = {"If-Match": etag(forum, f"/api/users/{eve.username}")}
    accepted(eve.request("PATCH", "/api/users/me", json={"bio": "Third"}, headers=now))
    accepted(eve.request("PATCH", "/api/users/me", json={"bio": "Fourth"}, headers={"If-Match": "*"}))


def test_a_user_changed_meanwhile_is_412(forum: Forum, moderator: Person) -> None:
    path = f"/api/users/{forum.register('eve').username}"
    seen = {"If-Match": etag(moderator, path)}
    accepted(moderator.request("PATCH", path, json={"state": "suspended"}, headers=seen))
    refused(moderator.request("PATCH", path, json={"state": "active"}, headers=seen), 412)
    assert accepted(moderator.request("GET", path))["state"] == "suspended"
    now = {"If-Match": etag(moderator, path)}
    accepted(moderator.request("PATCH", path, json={"state": "active"}, headers=now))


def test_what_was_edited_meanwhile_is_not_deleted(
    forum: Forum, ada: Person, topic: Json, message: Json
) -> None:
    for thing in (message, topic):
        path = path_of(thing)
        seen = {"If-Match": etag(forum, path)}
        ada.edits(thing, body="Edited")
        refused(ada.request("DELETE", path, headers=seen), 412, "precondition_failed")
        accepted(ada.request("DELETE", path, headers={"If-Match": etag(forum, path)}), 204)


def test_a_weak_tag_matches_no_version(forum: Forum, ada: Person, topic: Json) -> None:
    """RFC 9110, 13.1.1: If-Match compares strongly."""
    weak = {"If-Match": f"W/{etag(forum, path_of(topic))}"}
    refused(ada.request("PATCH", path_of(topic), json={"body": "x"}, headers=weak), 412)
