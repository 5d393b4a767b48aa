"""What moderators and administrators do to others, and what nobody can do to them."""

from functools import partial

import pytest
from forum_client import Forum, Json, Person, accepted, eventually, path_of, refused, unique


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


def test_a_moderator_suspends_a_moderator_but_gives_no_role(
    forum: Forum, admin: Person, moderator: Person
) -> None:
    eve = forum.register("eve")
    admin.changes_user(eve, role="moderator")
    both = {"state": "suspended", "role": "member"}
    refused(moderator.request("PATCH", f"/api/users/{eve.username}", json=both), 403)
    assert accepted(admin.request("GET", f"/api/users/{eve.username}"))["state"] == "active"
    assert moderator.changes_user(eve, state="suspended")["state"] == "suspended"


def test_a_user_who_is_not_there_is_404_before_403(ada: Person, moderator: Person, admin: Person) -> None:
    for person in (ada, moderator, admin):
        answer = person.request("PATCH", f"/api/users/{unique('nobody')}", json={"role": "member"})
        refused(answer, 404, "user_not_found")
