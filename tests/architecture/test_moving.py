"""What moves with a service, and what each side makes for itself, is all that its schema has."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

import messages.moving
import topics.moving
import users.moving
from chassis.migrate import migrate
from chassis.ownership import Moving
from monolith.__main__ import HERE, SERVICES

MOVING = {
    "users": users.moving.MOVING,
    "topics": topics.moving.MOVING,
    "messages": messages.moving.MOVING,
}
OF_EACH_SIDE = {"alembic_version", "feed_epoch", "feed_cursors", "ownership"}
STAMP = {"changed"}
WHOLE: dict[str, set[str]] = {"users": set(), "topics": {"tags", "search"}, "messages": set()}
DERIVED = {  # by each side, of rows that move
    "users": {"users": STAMP, "keys": STAMP},
    "topics": {"topics": STAMP | {"message_count", "last_activity_at", "last_author_id"}},
    "messages": {"messages": {"search"}, "activity": STAMP},
}
COLUMNS = """
    SELECT relname AS table, attname AS column FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = $1::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
"""
KEYS = """
    SELECT relname AS table, attname AS column FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        JOIN pg_attribute ON pg_attribute.attrelid = indrelid AND attnum = ANY(indkey)
    WHERE relnamespace = $1::regnamespace AND indisprimary
"""
FENCES = """
    SELECT relname AS table, array(
        SELECT attname::text FROM pg_attribute
        WHERE pg_attribute.attrelid = tgrelid AND attnum = ANY(tgattr)
    ) AS columns
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = $1::regnamespace AND tgname = 'fence'
"""


@pytest.fixture(scope="module")
async def whole(fresh_database: Callable[..., Awaitable[str]]) -> str:
    """A database with all three schemas."""
    url = await fresh_database()
    seam = (HERE / "seam.sql").read_text()
    await asyncio.to_thread(migrate, url, [service.HISTORY for service in SERVICES], after=seam)
    return url


@pytest.mark.parametrize("schema", MOVING)
async def test_every_column_moves_or_is_made_by_each_side(whole: str, schema: str) -> None:
    connection = await asyncpg.connect(whole)
    columns = {tuple(row) for row in await connection.fetch(COLUMNS, schema)}
    keys = {tuple(row) for row in await connection.fetch(KEYS, schema)}
    await connection.close()
    moving = {(of.table, column) for of in MOVING[schema] for column in of.columns}
    made = {
        (table, column)
        for table, column in columns
        if table in OF_EACH_SIDE | WHOLE[schema] or column in DERIVED[schema].get(table, ())
    }
    assert moving | made == columns
    assert not moving & made
    assert {(of.table, of.key) for of in MOVING[schema]} == {key for key in keys if key in moving}


@pytest.mark.parametrize("schema", MOVING)
async def test_every_table_that_moves_is_fenced_in_the_columns_that_do(whole: str, schema: str) -> None:
    connection = await asyncpg.connect(whole)
    fences = {row["table"]: set(row["columns"]) for row in await connection.fetch(FENCES, schema)}
    await connection.close()
    fenced: list[Moving] = [of for of in MOVING[schema] if of.table != "marks"]
    assert fences.keys() == {of.table for of in fenced}
    for of in fenced:
        assert fences[of.table] - {"search"} == set(of.columns), of.table
