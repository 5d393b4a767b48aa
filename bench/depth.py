"""What a page costs at depth: buffers read and time in PostgreSQL, at 10 thousand and a million rows."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Statement
from messages import reading

PAGE = 21  # a page of 20 asks for one more
TOPIC = UUID("00000000-0000-7000-8000-00000000d0d0")
FILL = """
    INSERT INTO messages.messages
        (id, topic_id, number, author_id, body, html, render_version, created_at)
    SELECT overlay(md5(n::text) PLACING lpad(to_hex($2 + n * 1000), 12, '0') FROM 1 FOR 12)::uuid,
        $1, n, $1, 'Message number ' || n, '<p>Message number ' || n || '</p>', 1,
        $3::timestamptz + n * '1 s'::interval
    FROM generate_series($4::bigint, $5::bigint) AS n
"""
BATCH = 100_000


async def grow(connection: asyncpg.Connection, rows: int, have: int = 0) -> None:
    """Fills one topic up to `rows` messages."""
    if not have:
        await connection.execute("INSERT INTO messages.topics (id, state) VALUES ($1, 'open')", TOPIC)
    began = datetime(2020, 1, 1, tzinfo=UTC)
    for start in range(have + 1, rows + 1, BATCH):
        end = min(start + BATCH - 1, rows)
        await connection.execute(FILL, TOPIC, int(began.timestamp() * 1000), began, start, end, timeout=600)
    await connection.execute("VACUUM ANALYZE messages.messages", timeout=600)


async def pages(connection: asyncpg.Connection, rows: int) -> dict[str, dict[str, float]]:
    """Buffers and milliseconds of a page of a topic at its beginning and at 99 %, and of the newest."""
    newest = UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")
    return {
        "topic, first page": await explain(connection, reading.OF_TOPIC, topic=TOPIC, after=0, limit=PAGE),
        "topic, at 99 %": await explain(
            connection, reading.OF_TOPIC, topic=TOPIC, after=rows * 99 // 100, limit=PAGE
        ),
        "newest everywhere": await explain(connection, reading.NEWEST, before=newest, limit=PAGE),
    }


async def explain(connection: asyncpg.Connection, statement: Statement, **params: Any) -> dict[str, float]:
    """Runs a statement of the service under EXPLAIN (ANALYZE, BUFFERS), warm."""
    text = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}"
    for _ in range(2):
        plan = json.loads(await connection.fetchval(text, *statement.values(params)))[0]
    buffers = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    return {"buffers": buffers, "milliseconds": plan["Execution Time"]}
