"""What a page costs the database: the same at any depth."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from topics import reading

TOPICS = 20_000
PAGE = 20
INDEX = {"latest": "topics_latest", "new": "topics_pkey", "top": "topics_top"}


@pytest.fixture(scope="module")
async def many(
    migrated: str, fresh_database: Callable[..., Awaitable[str]]
) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database of 20,000 topics by 500 authors with 2,000 tags."""
    connection = await asyncpg.connect(await fresh_database(like=migrated))
    await connection.execute(f"""
        INSERT INTO topics.authors (id, username, display_name, state)
        SELECT CAST(lpad(n::text, 32, '0') AS uuid), 'user' || n, 'User', 'active'
        FROM generate_series(0, 499) AS n;
        ALTER TABLE topics.topics DISABLE TRIGGER USER;
        INSERT INTO topics.topics
            (id, author_id, title, body, html, render_version, tags, pinned, message_count,
             created_at, last_activity_at)
        SELECT CAST(lpad(n::text, 32, '0') AS uuid), CAST(lpad((n % 500)::text, 32, '0') AS uuid),
            'Title ' || n, repeat('body ', 20), 'html', 1, ARRAY['tag' || n % 2000], n % 1000 = 0,
            greatest(0, abs(hashint4(n)) % 200 - 100), now(), now() - n * interval '1 minute'
        FROM generate_series(1, {TOPICS}) AS n;
        INSERT INTO topics.search (topic_id, document)
        SELECT id, to_tsvector('simple', title) FROM topics.topics;
    """)
    await connection.execute("VACUUM ANALYZE topics.topics, topics.search, topics.authors")
    yield connection
    await connection.close()


async def plan(
    many: asyncpg.Connection, order: str, position: list[str] | None = None, **filters: str
) -> tuple[int, set[str]]:
    """How many buffers a page takes, and the indexes it takes them from."""
    statement = reading.statement(order, "tag" in filters, "author" in filters, PAGE + 1)
    after = enumerate(position or reading._BEGINNING[order])
    values = statement.values({**{f"after_{n}": v for n, v in after}, "limit": PAGE + 1, **filters})
    explained = await many.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}", *values)
    top = json.loads(explained)[0]["Plan"]
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"], set(_indexes(top))


def _indexes(node: dict[str, Any]) -> list[str]:
    below = [name for child in node.get("Plans", []) for name in _indexes(child)]
    return [node["Index Name"], *below] if "Index Name" in node else below


async def deep(many: asyncpg.Connection, order: str, percent: int) -> list[str]:
    """The position before which this many percent of the topics stand."""
    columns = reading._POSITIONS[order]
    descending = ", ".join(f"{column} DESC" for column in columns)
    row = await many.fetchrow(
        f"SELECT {', '.join(columns)} FROM topics.topics ORDER BY {descending} LIMIT 1 OFFSET $1",
        TOPICS * percent // 100,
    )
    return [str(value) for value in row]


@pytest.mark.parametrize("percent", [1, 50, 99])
@pytest.mark.parametrize("order", ["latest", "new", "top"])
async def test_a_page_costs_as_little_at_any_depth(
    many: asyncpg.Connection, order: str, percent: int
) -> None:
    buffers, indexes = await plan(many, order, await deep(many, order, percent))
    assert INDEX[order] in indexes
    # Per row its page of the table and two or three of its author; the way into the index.
    assert buffers <= (PAGE + 1) * 4 + 6


@pytest.mark.parametrize("order", ["latest", "new", "top", "best"])
async def test_filters_and_search_read_what_they_find(many: asyncpg.Connection, order: str) -> None:
    search: dict[str, str] = {"q": "title"} if order == "best" else {}
    buffers, indexes = await plan(many, order, None, tag="tag7", **search)
    assert "topics_tags" in indexes
    assert buffers <= 120
    buffers, indexes = await plan(many, order, None, author="USER7", **search)
    assert {"topics_author", "authors_username"} <= indexes
    assert buffers <= 300, "40 topics"


async def test_a_rare_word_is_found_by_its_index(many: asyncpg.Connection) -> None:
    buffers, indexes = await plan(many, "best", q="4711")
    assert "search_document" in indexes
    assert buffers <= 20


@pytest.mark.parametrize("order", ["latest", "new", "top"])
async def test_a_list_without_filters_is_planned_once(many: asyncpg.Connection, order: str) -> None:
    statement = reading.statement(order, False, False, PAGE + 1)
    values = statement.values({f"after_{n}": v for n, v in enumerate(reading._BEGINNING[order])})
    for _ in range(10):
        await many.fetch(statement.sql, *values)
    plans = "SELECT generic_plans FROM pg_prepared_statements WHERE statement = $1"
    assert await many.fetchval(plans, statement.sql) > 0
