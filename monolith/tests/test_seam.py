"""The seam of the monolith: views and a trigger where the split has tables that feeds keep."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from monolith_filled import BEGINNING, PEOPLE, REPLIES, TOPICS, brought_up_to_date, identity

import messages.reading
import topics.reading
from chassis.database import Statement
from monolith.__main__ import HERE

SEAM = ["messages.authors", "messages.keys", "messages.topics", "topics.authors", "topics.keys"]
RELATIONS = """
    SELECT table_schema || '.' || table_name AS name, is_updatable FROM information_schema.views
    WHERE table_schema IN ('users', 'topics', 'messages') ORDER BY name
"""
CONTENT = {
    "users": "SELECT * FROM users.users ORDER BY id",
    "topics": "SELECT * FROM topics.topics ORDER BY id",
    "messages": "SELECT * FROM messages.messages ORDER BY id",
    "activity": "SELECT * FROM messages.activity ORDER BY topic_id",
}
COUNTERS = "SELECT message_count, last_activity_at, last_author_id FROM topics.topics WHERE id = $1"


async def everything(forum: asyncpg.Connection) -> dict[str, list[asyncpg.Record]]:
    return {name: await forum.fetch(query) for name, query in CONTENT.items()}


async def test_the_relations_are_views_so_plain_that_postgresql_can_write_through_them(
    forum: asyncpg.Connection,
) -> None:
    views = await forum.fetch(RELATIONS)
    assert [view["name"] for view in views] == SEAM
    assert {view["is_updatable"] for view in views} == {"YES"}


async def test_a_view_shows_each_row_of_the_other_service_at_once(forum: asyncpg.Connection) -> None:
    assert await forum.fetchval("SELECT count(*) FROM topics.authors") == PEOPLE
    assert await forum.fetchval("SELECT count(*) FROM messages.topics") == TOPICS
    await forum.execute("UPDATE users.users SET display_name = 'Ada' WHERE id = $1", identity(1, 7))
    await forum.execute("UPDATE topics.topics SET state = 'locked' WHERE id = $1", identity(2, 7))
    for service in ("topics", "messages"):
        name = f"SELECT display_name FROM {service}.authors WHERE id = $1"
        assert await forum.fetchval(name, identity(1, 7)) == "Ada"
    assert await forum.fetchval("SELECT state FROM messages.topics WHERE id = $1", identity(2, 7)) == "locked"


async def test_migrating_again_changes_nothing(forum: asyncpg.Connection, url: str) -> None:
    before, views = await everything(forum), await forum.fetch(RELATIONS)
    for _ in range(2):
        await asyncio.to_thread(brought_up_to_date, url)
    assert await forum.fetch(RELATIONS) == views
    assert await everything(forum) == before
    await counts(forum, 9)
    assert await forum.fetchval("SELECT message_count FROM topics.topics WHERE id = $1", identity(2, 1)) == 9


async def counts(forum: asyncpg.Connection, count: int) -> tuple[datetime | None, UUID | None]:
    """Messages say that topic 1 has so many messages."""
    last = BEGINNING + timedelta(days=count) if count else None
    author = identity(1, count) if count else None
    await forum.execute(
        "UPDATE messages.activity SET message_count = $2, last_activity_at = $3, last_author_id = $4 "
        "WHERE topic_id = $1",
        *(identity(2, 1), count, last, author),
    )
    return last, author


@pytest.mark.parametrize("count", [1, 41])
async def test_the_trigger_takes_the_counters_to_the_topic(forum: asyncpg.Connection, count: int) -> None:
    last, author = await counts(forum, count)
    assert tuple(await forum.fetchrow(COUNTERS, identity(2, 1))) == (count, last, author)


async def test_a_topic_without_messages_was_last_active_when_it_began(forum: asyncpg.Connection) -> None:
    await counts(forum, 0)
    assert tuple(await forum.fetchrow(COUNTERS, identity(2, 1))) == (0, BEGINNING, None)


async def test_what_the_loaders_bring_is_counted_too(forum: asyncpg.Connection) -> None:
    loaded = await forum.fetch("SELECT DISTINCT message_count, last_activity_at FROM topics.topics")
    assert [tuple(row) for row in loaded] == [(REPLIES, BEGINNING + timedelta(minutes=REPLIES))]


async def test_counters_that_roll_back_leave_the_topic_as_it_was(forum: asyncpg.Connection) -> None:
    transaction = forum.transaction()
    await transaction.start()
    await counts(forum, 41)
    await transaction.rollback()
    assert (await forum.fetchrow(COUNTERS, identity(2, 1)))["message_count"] == REPLIES


async def test_a_column_under_a_view_can_be_retyped_between_unseam_and_seam(
    forum: asyncpg.Connection,
) -> None:
    retype = """
        DROP TRIGGER stamp_changed ON users.users;
        DROP TRIGGER fence ON users.users;
        ALTER TABLE users.users ALTER COLUMN display_name TYPE varchar(100);
    """
    shown = "SELECT * FROM topics.authors ORDER BY id"
    before = await forum.fetch(shown)
    with pytest.raises(asyncpg.FeatureNotSupportedError, match="used by a view"):
        await forum.execute(retype)
    await forum.execute((HERE / "unseam.sql").read_text())
    assert await forum.fetch(RELATIONS) == []
    await counts(forum, 41)
    assert (await forum.fetchrow(COUNTERS, identity(2, 1)))["message_count"] == REPLIES, "no trigger"
    await forum.execute(retype)
    await forum.execute((HERE / "seam.sql").read_text())
    assert await forum.fetch(shown) == before
    await counts(forum, 42)
    assert (await forum.fetchrow(COUNTERS, identity(2, 1)))["message_count"] == 42


async def scans(forum: asyncpg.Connection, statement: Statement, **values: Any) -> set[tuple[str, str]]:
    """How the relations of a statement are read: (kind of scan, relation or index)."""
    explained = await forum.fetchval(f"EXPLAIN (FORMAT JSON) {statement.sql}", *statement.values(values))
    return set(below(json.loads(explained)[0]["Plan"]))


def below(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "Relation Name" in node or "Index Name" in node:
        yield node["Node Type"], node.get("Index Name") or node["Relation Name"]
    for child in node.get("Plans", []):
        yield from below(child)


async def test_the_index_below_a_view_finds_the_authors_of_a_page(forum: asyncpg.Connection) -> None:
    first = {f"after_{n}": value for n, value in enumerate(topics.reading._BEGINNING["latest"])}
    page = await scans(forum, topics.reading.statement("latest", False, False, 21), **first)
    thread = await scans(forum, messages.reading.OF_TOPIC, topic=identity(2, 7), after=0, limit=21)
    assert ("Index Scan", "users_pkey") in page
    assert ("Index Scan", "users_pkey") in thread
    assert not [name for kind, name in page | thread if kind == "Seq Scan"]


async def test_the_index_below_a_view_finds_an_author_by_name(forum: asyncpg.Connection) -> None:
    first = {f"after_{n}": value for n, value in enumerate(topics.reading._BEGINNING["new"])}
    statement = topics.reading.statement("new", False, True, 21)
    listed = await scans(forum, statement, **first, author="uSER7", limit=21)
    named = await scans(forum, messages.reading.NAMED, name="uSER7")
    assert ("Index Scan", "authors_username") in listed
    assert ("Index Scan", "authors_username") in named
    assert not [name for kind, name in listed | named if kind == "Seq Scan"]
