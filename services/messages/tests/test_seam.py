"""What messages publishes and follows, and that the tables are as `models` says."""

from typing import Any

import httpx
import orjson
import pytest
from messages_alone import Service
from sqlalchemy import Table

from chassis.database import Statement
from chassis.ids import uuid7
from messages.feeds import AUTHORS, KEYS, TOPICS
from messages.models import metadata


async def changes(service: Service, key: str = "topics-key", **params: Any) -> httpx.Response:
    transport = httpx.ASGITransport(service.app.state.private)
    async with httpx.AsyncClient(transport=transport, base_url="http://private") as topics:
        return await topics.get("/internal/changes/activity", params=params, auth=("topics", key))


async def test_activity_is_published_to_topics_alone(own_service: Service) -> None:
    bob, topic = own_service.person(), await own_service.topic()
    message = await bob.replies(topic)
    page = (await changes(own_service)).json()
    assert page["items"][0].pop("last_activity_at")[:26] == message["created_at"][:26]
    assert page["items"] == [{"topic_id": str(topic), "message_count": 1, "last_author_id": str(bob.id)}]
    assert (await changes(own_service, key="guessed")).status_code == 401


async def test_a_topic_goes_round_when_what_the_feed_shows_moves_and_only_then(own_service: Service) -> None:
    bob, topic = own_service.person(), await own_service.topic()
    first, last = await bob.replies(topic), await bob.replies(topic)
    seen = (await changes(own_service)).json()
    await bob.edits(last, "Edited")
    assert (await changes(own_service, since=seen["next"])).json()["items"] == []
    await bob.deletes(first)
    page = (await changes(own_service, since=seen["next"])).json()
    assert page["items"] == [seen["items"][0] | {"message_count": 1}]
    await bob.deletes(last)
    (item,) = (await changes(own_service, since=page["next"])).json()["items"]
    assert (item["message_count"], item["last_activity_at"], item["last_author_id"]) == (0, None, None)


@pytest.mark.parametrize(
    ("apply", "table", "first", "second"),
    [
        (
            AUTHORS,
            "authors",
            {"id": str(uuid7()), "username": "ada", "display_name": "Ada", "state": "active"},
            {"username": "deleted", "display_name": "Deleted user", "state": "deleted"},
        ),
        (KEYS, "keys", {"kid": "k1", "jwk": '{"x":"1"}', "state": "live"}, {"state": "retired"}),
        (TOPICS, "topics", {"id": str(uuid7()), "state": "open"}, {"state": "deleted"}),
    ],
)
async def test_a_page_of_a_feed_is_taken_as_it_stands(
    service: Service, apply: Statement, table: str, first: dict[str, str], second: dict[str, str]
) -> None:

    key = next(iter(first))
    for state in (first, first | second, first | second):
        await service.app.state.database.run(apply, items=orjson.dumps([state]).decode())
        row = await service.sql.fetchrow(f"SELECT * FROM messages.{table} WHERE {key}::text = $1", state[key])
        assert {name: str(value) for name, value in row.items()} == state


@pytest.mark.parametrize("table", metadata.tables.values(), ids=lambda table: table.name)
async def test_the_migrations_make_what_models_say(service: Service, table: Table) -> None:
    rows = await service.sql.fetch(
        """SELECT column_name, is_nullable = 'YES' AS nullable FROM information_schema.columns
        WHERE table_schema = 'messages' AND table_name = $1""",
        table.name,
    )
    there = {row["column_name"]: row["nullable"] for row in rows}
    assert there.pop("changed", None) is (False if table.name == "activity" else None)
    assert there == {column.name: bool(column.nullable) for column in table.columns}
