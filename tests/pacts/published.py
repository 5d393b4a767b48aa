"""What a feed shows, made true with what its service loads an import with. What is there already changes."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid5

import orjson
from argon2 import PasswordHasher
from pacts.exchange import Json

import messages.loader
import topics.loader
import users.loader
from chassis.database import Database, Statement, sql

Publish = Callable[[Database, list[Json]], Awaitable[None]]

BEGAN = datetime(2030, 1, 1, tzinfo=UTC)
NOBODY = UUID(int=0)

SET_AUTHOR = sql("UPDATE users.users SET state = :state WHERE id = CAST(:id AS uuid)")
SET_KEYS = sql("""
    INSERT INTO users.keys (kid, jwk, state, signs_from)
    SELECT kid, jwk, state, 'infinity' FROM jsonb_to_recordset(CAST(:items AS jsonb))
        AS row (kid text, jwk text, state text)
    ON CONFLICT (kid) DO UPDATE SET state = excluded.state
""")
SET_TOPIC = sql("UPDATE topics.topics SET state = :state WHERE id = CAST(:id AS uuid)")
SESSIONS = sql("""
    INSERT INTO users.sessions (id, user_id, user_agent, last_used_at)
    SELECT id, user_id, user_agent, now() - place * interval '1 hour'
    FROM jsonb_to_recordset(CAST(:items AS jsonb)) AS row (id uuid, user_id uuid, user_agent text, place int)
""")


async def authors(database: Database, rows: list[Json]) -> None:
    """Accounts; those with a `password` can log in."""
    records = [
        users.loader.Record(
            *(UUID(row["id"]), row["username"], row["display_name"], row.get("bio", "")),
            *(row.get("role", "member"), row["state"], None, None),
            *(_hashed(row["password"]) if "password" in row else None, BEGAN),
        )
        for row in rows
    ]
    if not await users.loader.load(database, records):
        for row in rows:
            await database.run(SET_AUTHOR, id=row["id"], state=row["state"])


@cache
def _hashed(password: str) -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


def by_statement(statement: Statement) -> Publish:
    """Those that one statement takes as JSON in `:items`."""

    async def publish(database: Database, rows: list[Json]) -> None:
        await database.run(statement, items=orjson.dumps(rows).decode())

    return publish


async def topics_of(database: Database, rows: list[Json]) -> None:
    """Topics; what a row does not say is something."""
    records = [
        topics.loader.Record(
            id=UUID(row["id"]),
            author_id=UUID(row.get("author_id", NOBODY.hex)),
            title=row.get("title", "Title"),
            body=row.get("body", ""),
            html=None,
            tags=row.get("tags", []),
            pinned=row.get("pinned", False),
            state=row["state"],
            created_at=BEGAN,
            edited_at=_time(row.get("edited_at")),
        )
        for row in rows
    ]
    if not await topics.loader.load(database, records):
        for row in rows:
            await database.run(SET_TOPIC, id=row["id"], state=row["state"])


async def messages_as_written(database: Database, rows: list[Json]) -> None:
    """Messages, numbered in each topic as they come; each is written a second after the one before."""
    await messages.loader.load(
        database,
        [
            messages.loader.Record(
                *(UUID(row["id"]), UUID(row["topic_id"]), UUID(row["author"]["id"]), row["body"], None),
                *(row["reply_to"] and UUID(row["reply_to"]), BEGAN + timedelta(seconds=place)),
                *(_time(row["edited_at"]), row.get("deleted", False)),
            )
            for place, row in enumerate(rows)
        ],
    )


def _time(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


async def activity(database: Database, rows: list[Json]) -> None:
    """So many messages in each topic, the last of that time and author; where none is left, a deleted one."""
    await messages.loader.load(database, [message for row in rows for message in messages_of(row)])


def messages_of(row: Json) -> Iterator[messages.loader.Record]:
    """They have the same ids each time: who has the first gets but the second."""
    topic, count = UUID(row["topic_id"]), row["message_count"]
    if not count:
        yield messages.loader.Record(
            *(uuid5(topic, "deleted"), topic, NOBODY, "", "", None, BEGAN, None), deleted=True
        )
    for n in range(count):
        at = datetime.fromisoformat(row["last_activity_at"]) - timedelta(hours=count - 1 - n)
        author = UUID(row["last_author_id"])
        yield messages.loader.Record(
            *(uuid5(topic, str(n)), topic, author, "", "", None, at, None), deleted=False
        )
