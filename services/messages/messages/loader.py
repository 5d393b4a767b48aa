"""Loading many messages at once, as an import does: COPY, then what is not there yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.database import Database, sql, unreachable_is_unavailable
from chassis.markdown import RENDER_VERSION, render

INCOMING = sql("""
    CREATE TEMPORARY TABLE incoming (
        id uuid, topic_id uuid, author_id uuid, body text, html text, reply_to uuid,
        created_at timestamptz, edited_at timestamptz, deleted boolean
    ) ON COMMIT DROP
""")
COUNTERS = sql("""
    INSERT INTO messages.activity (topic_id) SELECT DISTINCT topic_id FROM incoming ORDER BY topic_id
    ON CONFLICT DO NOTHING
""")
LOCK = sql("""
    SELECT topic_id FROM messages.activity WHERE topic_id IN (SELECT topic_id FROM incoming)
    ORDER BY topic_id FOR UPDATE
""")
LOAD = sql("""
    WITH new AS (
        SELECT DISTINCT ON (id) * FROM incoming
        WHERE NOT EXISTS (SELECT FROM messages.messages WHERE messages.id = incoming.id)
    ), loaded AS (
        INSERT INTO messages.messages (id, topic_id, number, author_id, body, html, render_version, reply_to,
            created_at, edited_at, deleted_at)
        SELECT new.id, topic_id, last_number
                + row_number() OVER (PARTITION BY topic_id ORDER BY new.created_at, new.id),
            author_id, body, html, CAST(:render_version AS smallint), reply_to, new.created_at, edited_at,
            CASE WHEN deleted THEN now() END
        FROM new JOIN messages.activity USING (topic_id)
        ON CONFLICT (id) DO NOTHING
        RETURNING topic_id, number, author_id, created_at, deleted_at
    ), added AS (
        SELECT topic_id, max(number) AS last_number, count(*) AS messages,
            count(*) FILTER (WHERE deleted_at IS NULL) AS remaining,
            max(created_at) FILTER (WHERE deleted_at IS NULL) AS newest_at,
            (array_agg(author_id ORDER BY created_at DESC, number DESC) FILTER (WHERE deleted_at IS NULL))[1]
                AS newest_author_id
        FROM loaded GROUP BY topic_id
    ), counted AS (
        UPDATE messages.activity SET
            last_number = added.last_number,
            message_count = message_count + added.remaining,
            last_author_id = CASE WHEN newest_at >= coalesce(last_activity_at, newest_at)
                THEN newest_author_id ELSE last_author_id END,
            last_activity_at = greatest(last_activity_at, newest_at)
        FROM added WHERE activity.topic_id = added.topic_id
    )
    SELECT coalesce(sum(messages), 0)::integer AS loaded FROM added
""")


class Record(NamedTuple):
    """A message to load. `html` None: it is rendered here. Times are aware."""

    id: UUID
    topic_id: UUID
    author_id: UUID
    body: str
    html: str | None
    reply_to: UUID | None
    created_at: datetime
    edited_at: datetime | None
    deleted: bool


async def load(database: Database, records: Sequence[Record]) -> int:
    """Loads a batch that holds whole topics, in one transaction; how many messages were new. A topic's
    get their numbers by time, after those that it has."""
    rendered = [
        record._replace(html=render(record.body)) if record.html is None else record for record in records
    ]
    async with database.transaction() as tx:
        await tx.run(INCOMING)
        async with unreachable_is_unavailable():
            connection = await tx.connection()
            await connection.copy_records_to_table("incoming", records=rendered, columns=Record._fields)
        await tx.run(COUNTERS)
        await tx.all(LOCK)
        done = await tx.one(LOAD, render_version=RENDER_VERSION)
    assert done is not None  # noqa: S101  an aggregate always answers
    loaded: int = done["loaded"]
    return loaded
