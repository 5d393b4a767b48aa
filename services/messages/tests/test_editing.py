"""Editing and deleting: by whom, what it moves, what stays."""

from datetime import datetime
from typing import Any

import pytest
from messages_alone import Json, Service


async def test_an_edit_renders_again_and_says_when(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    message = await bob.replies(topic)
    answer = await bob.edits(message, "**New**")
    edited = answer.json()
    assert (edited["body"], edited["html"]) == ("**New**", "<p><strong>New</strong></p>\n")
    assert edited["edited_at"] > edited["created_at"]
    assert edited.keys() == message.keys()
    assert await service.get(f"/api/messages/{message['id']}") == edited
    counted = (await service.activity(topic))["last_activity_at"]
    assert counted == datetime.fromisoformat(message["created_at"]), "an edit is no activity"


async def test_the_same_text_is_no_edit(service: Service) -> None:
    bob = service.person()
    message = await bob.replies(await service.topic())
    before = await service.client.get(f"/api/messages/{message['id']}")
    answer = await bob.edits(message, message["body"])
    assert (answer.status_code, answer.json()) == (200, message)
    assert answer.headers["etag"] == before.headers["etag"]


async def test_if_match_stops_who_read_an_older_version(service: Service) -> None:
    bob = service.person()
    message = await bob.replies(await service.topic())
    tag = (await service.client.get(f"/api/messages/{message['id']}")).headers["etag"]
    bob.claims["display_name"] = "Robert"
    await service.knows(bob, "active")
    second = await bob.edits(message, "Second", **{"If-Match": tag})
    assert second.status_code == 200, "a renamed author is no new version"
    late = await bob.edits(message, "Third", **{"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    gone = await bob.request("DELETE", f"/api/messages/{message['id']}", headers={"If-Match": tag})
    assert gone.status_code == 412
    assert (await bob.edits(message, "Third", **{"If-Match": second.headers["etag"]})).status_code == 200


@pytest.mark.parametrize("role", ["member", "moderator", "admin"])
async def test_only_its_author_edits_a_message(service: Service, role: str) -> None:
    message = await service.person().replies(await service.topic())
    answer = await service.person(role=role).edits(message, "Mine now")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_member_does_not_delete_what_others_wrote_and_a_moderator_does(service: Service) -> None:
    message = await service.person().replies(await service.topic())
    assert (await service.person().deletes(message)).status_code == 403
    eve = service.person(role="moderator")
    assert (await eve.deletes(message)).status_code == 204
    entry = await service.sql.fetchrow(
        "SELECT * FROM messages.moderation_log WHERE moderator_id = $1", eve.id
    )
    assert (entry["action"], str(entry["target_id"])) == ("delete", message["id"])


async def test_deleting_ones_own_is_no_moderation_and_done_once(service: Service) -> None:
    bob = service.person(role="admin")
    message = await bob.replies(await service.topic())
    assert (await bob.deletes(message)).status_code == 204
    assert (await bob.deletes(message)).status_code == 404
    assert (await bob.edits(message, "x")).status_code == 404
    assert (await service.client.get(f"/api/messages/{message['id']}")).status_code == 404
    log = "SELECT count(*) FROM messages.moderation_log WHERE moderator_id = $1"
    assert await service.sql.fetchval(log, bob.id) == 0


async def test_a_deletion_is_counted_and_the_newest_remaining_is_the_last_activity(service: Service) -> None:
    bob, eve, topic = service.person(), service.person(), await service.topic()
    first, second, third = [await person.replies(topic) for person in (bob, eve, bob)]

    async def after_deleting(message: Json) -> tuple[Any, ...]:
        assert (await service.person(role="moderator").deletes(message)).status_code == 204
        row = await service.activity(topic)
        at = row["last_activity_at"] and f"{row['last_activity_at']:%Y-%m-%dT%H:%M:%S.%fZ}"
        return row["message_count"], at, row["last_author_id"], row["last_number"]

    assert await after_deleting(third) == (2, second["created_at"], eve.id, 3)
    assert await after_deleting(first) == (1, second["created_at"], eve.id, 3)
    assert await after_deleting(second) == (0, None, None, 3)
    assert (await bob.replies(topic))["number"] == 4, "a number is not given twice"


async def test_a_reply_keeps_its_target_when_that_goes(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    first = await bob.replies(topic)
    second = await bob.replies(topic, reply_to=first["id"])
    await bob.deletes(first)
    assert (await service.get(f"/api/messages/{second['id']}"))["reply_to"] == first["id"]


async def test_a_locked_topic_still_allows_edits_and_deletions(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    message = await bob.replies(topic)
    await service.turns(topic, "locked")
    assert (await bob.edits(message, "x")).status_code == 200
    assert (await bob.deletes(message)).status_code == 204


@pytest.mark.parametrize(
    ("state", "status", "code"), [("suspended", 403, "suspended"), ("deleted", 401, "unauthorized")]
)
async def test_who_is_suspended_or_gone_changes_nothing(
    service: Service, state: str, status: int, code: str
) -> None:
    bob = service.person()
    message = await bob.replies(await service.topic())
    await service.knows(bob, state)
    for answer in (await bob.edits(message, "x"), await bob.deletes(message)):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
