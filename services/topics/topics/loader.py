"""Bringing topics in by the thousand: COPY, then insert what is not there yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.database import Database, sql, unreachable_is_unavailable
from chassis.markdown import RENDER_VERSION, render


class Record(NamedTuple):
    """A topic to bring in. `html` None: it is rendered here. `state` is open, locked or deleted."""

    id: UUID
    author_id: UUID
    title: str
    body: str
    html: str | None
    tags: list[str]
    pinned: bool
    state: str
    created_at: datetime
    edited_at: datetime | None


async def load(database: Database, records: Sequence[Record]) -> int:
    """How many of them were new; one whose id is known stays as it is. One transaction. A topic's last
    activity is its beginning, until messages tell of more."""
    rendered = [
        record._replace(
            html=render(record.body) if record.html is None else record.html,
            tags=list(dict.fromkeys(record.tags)),
        )
        for record in records
    ]
    async with database.transaction() as transaction:
        await transaction.run(_INCOMING)
        async with unreachable_is_unavailable():
            connection = await transaction.connection()
            await connection.copy_records_to_table("incoming", records=rendered, columns=Record._fields)
        await transaction.run(_LOCK_TAGS)
        added = await transaction.one(_ADD, render_version=RENDER_VERSION)
    return added["topics"] if added else 0


_INCOMING = sql("""
    CREATE TEMPORARY TABLE incoming (
        id uuid, author_id uuid, title text, body text, html text, tags text[], pinned boolean, state text,
        created_at timestamptz, edited_at timestamptz
    ) ON COMMIT DROP
""")
# Each row's trigger counts its tags: all their counters are locked before, in the order that every
# writer keeps.
_LOCK_TAGS = sql("""
    INSERT INTO topics.tags AS kept (tag, topics)
    SELECT DISTINCT unnest(tags) COLLATE "C" AS tag, 0 FROM incoming ORDER BY tag
    ON CONFLICT (tag) DO UPDATE SET topics = kept.topics
""")
_ADD = sql("""
    WITH added AS (
        INSERT INTO topics.topics
            (id, author_id, title, body, html, render_version, tags, pinned, state,
             created_at, last_activity_at, edited_at)
        SELECT id, author_id, title, body, html, CAST(:render_version AS smallint), tags, pinned, state,
            created_at, created_at, edited_at
        FROM incoming ORDER BY id
        ON CONFLICT (id) DO NOTHING
        RETURNING id
    )
    SELECT count(*) AS topics FROM added
""")
