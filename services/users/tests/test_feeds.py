"""What users publishes: authors and keys."""

import json
from typing import Any

import pytest
from users_alone import Json, Service, accepted, refused

from chassis.changes import ensure_epoch
from users.main import FEEDS


async def everything(service: Service, relation: str, since: str = "") -> tuple[list[Json], str]:
    """Every row since the cursor, and the cursor behind them."""
    items: list[Json] = []
    while True:
        page = accepted(await service.internal(f"/internal/changes/{relation}", since=since, limit=1000))
        items, since = items + page["items"], page["next"]
        if page["caught_up"]:
            return items, since


async def test_an_author_is_told_again_when_what_is_shown_changes(own_service: Service) -> None:
    ada = await own_service.person()
    admin = await own_service.admin()
    rows, cursor = await everything(own_service, "authors")
    author = {name: ada.user[name] for name in ("id", "username", "display_name")} | {"state": "active"}
    assert author in rows

    async def told() -> list[Json]:
        nonlocal cursor
        rows, cursor = await everything(own_service, "authors", cursor)
        return rows

    await ada.request("PATCH", "/api/users/me", json={"bio": "not shown"})
    accepted(await admin.changes(ada, role="moderator"))
    assert await told() == []
    await ada.request("PATCH", "/api/users/me", json={"display_name": "A"})
    assert await told() == [author | {"display_name": "A"}]
    accepted(await admin.changes(ada, state="suspended"))
    assert await told() == [author | {"display_name": "A", "state": "suspended"}]
    accepted(await admin.changes(ada, state="active"))
    accepted(await ada.leaves(), 204)
    gone = {"id": ada.id, "username": "deleted", "display_name": "Deleted user", "state": "deleted"}
    assert await told() == [gone]


async def test_keys_carry_the_public_half_and_their_state(own_service: Service) -> None:
    await own_service.person()
    ((key,), _) = await everything(own_service, "keys")
    assert key.keys() == {"kid", "jwk", "state"}
    assert (json.loads(key["jwk"])["kid"], key["state"]) == (key["kid"], "live")
    assert "d" not in json.loads(key["jwk"])


@pytest.mark.parametrize("relation", ["authors", "keys"])
async def test_only_topics_and_messages_may_read(service: Service, relation: str) -> None:
    path = f"/internal/changes/{relation}"
    for key, status in (("topics", 200), ("messages", 200), ("stranger", 403), ("nobody", 401), (None, 401)):
        assert (await service.internal(path, key)).status_code == status
    refused(await service.get(path), 404)


async def test_after_a_restore_everything_is_told_again(own_service: Service) -> None:
    before: dict[str, tuple[list[Any], str]] = {}
    await own_service.person()
    for feed in FEEDS:
        before[feed.relation] = await everything(own_service, feed.relation)
    await ensure_epoch(own_service.database, "users", FEEDS, renew=True)
    for relation, (rows, cursor) in before.items():
        answer = await own_service.internal(f"/internal/changes/{relation}", since=cursor)
        refused(answer, 410, "cursor_gone")
        again, _ = await everything(own_service, relation)
        assert sorted(map(str, again)) == sorted(map(str, rows))
