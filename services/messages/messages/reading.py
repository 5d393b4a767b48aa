"""What readers see of messages: a topic's, everybody's newest, the best matches, one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Integer, bindparam, collate, func, literal_column, select, true

from chassis.database import Database, Queries, Statement, sql
from chassis.paging import Cursors
from chassis.problem import Invalid
from messages import schemas
from messages.errors import MessageNotFound, TopicNotFound
from messages.models import activity, authors, messages, topics
from messages.peers import Learn

Page = tuple[list[dict[str, Any]], str | None]

SHOWN = [
    messages.c[name]
    for name in (
        *("id", "topic_id", "number", "author_id", "body", "html"),
        *("reply_to", "created_at", "edited_at", "version"),
    )
]
AUTHOR = [authors.c.username, authors.c.display_name]
_limit = bindparam("limit", type_=Integer)
_DELETED: ColumnElement[str] = literal_column("'deleted'")
_there = messages.c.deleted_at.is_(None)
_in_a_topic = topics.c.state.is_distinct_from(_DELETED)  # one that the feed has not brought yet counts
_with_author = messages.outerjoin(authors, authors.c.id == messages.c.author_id)
_with_topic = _with_author.outerjoin(topics, topics.c.id == messages.c.topic_id)

_page = (
    select(*SHOWN)
    .where(messages.c.topic_id == bindparam("topic"), messages.c.number > bindparam("after"), _there)
    .order_by(messages.c.number)
    .limit(_limit)
    .lateral("page")
)
OF_TOPIC = Statement(
    select(
        topics.c.state.label("topic_state"),
        func.coalesce(activity.c.last_number, literal_column("0")).label("last_number"),
        _page,
        *AUTHOR,
    )
    .select_from(
        topics.outerjoin(activity, activity.c.topic_id == topics.c.id)
        .outerjoin(_page, true())
        .outerjoin(authors, authors.c.id == _page.c.author_id)
    )
    .where(topics.c.id == bindparam("topic"))
    .order_by(_page.c.number)
)
ONE_SELECT = (
    select(*SHOWN, *AUTHOR)
    .select_from(_with_topic)
    .where(messages.c.id == bindparam("id"), _there, _in_a_topic)
)
ONE = Statement(ONE_SELECT)

_newest = (
    select(*SHOWN, *AUTHOR)
    .select_from(_with_topic)
    .where(messages.c.id < bindparam("before"), _there, _in_a_topic)
    .order_by(messages.c.id.desc())
    .limit(_limit)
)
NEWEST = Statement(_newest)
NEWEST_BY = Statement(_newest.where(messages.c.author_id == bindparam("author")))
NAMED = Statement(
    select(authors.c.id)
    .where(func.lower(authors.c.username) == func.lower(collate(bindparam("name"), "C")))
    .where(authors.c.state != _DELETED)
    .limit(1)
)
# A rank is known only once it is computed, so a search that hits a million messages ranks the newest.
BEST = sql(f"""
    WITH hits AS MATERIALIZED (
        SELECT m.id, m.search FROM messages.messages m LEFT JOIN messages.topics t ON t.id = m.topic_id
        WHERE m.search @@ websearch_to_tsquery('simple', CAST(:q AS text))
          AND m.deleted_at IS NULL AND t.state IS DISTINCT FROM 'deleted'
          AND (CAST(:author AS uuid) IS NULL OR m.author_id = CAST(:author AS uuid))
        ORDER BY m.id DESC LIMIT 10000
    ), ranked AS MATERIALIZED (
        SELECT id, ts_rank(search, websearch_to_tsquery('simple', CAST(:q AS text))) AS rank FROM hits
    ), best AS (
        SELECT id, rank FROM ranked WHERE (rank, id) < (CAST(:rank AS real), CAST(:before AS uuid))
        ORDER BY rank DESC, id DESC LIMIT CAST(:limit AS integer)
    )
    SELECT best.rank, {", ".join(str(column) for column in SHOWN)}, authors.username, authors.display_name
    FROM best JOIN messages.messages ON messages.id = best.id
    LEFT JOIN messages.authors ON authors.id = messages.author_id
    ORDER BY best.rank DESC, best.id DESC
""")
KEYS = sql("SELECT kid, jwk FROM messages.keys WHERE state = 'live'")
_LAST_ID = UUID(int=(1 << 128) - 1)


async def messages_of_topic(
    db: Queries,
    cursors: Cursors,
    learn: Learn,
    topic: UUID,
    limit: int,
    cursor: str | None,
    after: int | None,
) -> tuple[Page, int]:
    """A page of a topic's messages by number, above `after` or behind `cursor`, and the number of the topic's
    last. Invalid for both of them, TopicNotFound for a topic that is unknown or gone."""
    of, position = f"messages of topic {topic}", after or 0
    if cursor is not None:
        position = cursors.decode(of, cursor)[0]
        if after is not None:
            raise Invalid("after", "must not come with a cursor: leave one of them out")
    rows = await _rows_after(db, learn, topic, position, limit + 1)
    items = [schemas.message(row) for row in rows[:limit] if row["id"] is not None]
    following = cursors.encode(of, items[-1]["number"]) if len(rows) > limit else None
    return (items, following), rows[0]["last_number"]


async def last_number(db: Queries, learn: Learn, topic: UUID) -> int:
    """The number of the topic's last message, deleted or not; 0 where there is none."""
    rows = await _rows_after(db, learn, topic, 0, 0)
    number: int = rows[0]["last_number"]
    return number


async def _rows_after(
    db: Queries, learn: Learn, topic: UUID, after: int, limit: int
) -> Sequence[Mapping[str, Any]]:
    """At most `limit` rows with numbers above `after`, or one without a message, each with the topic's
    `last_number`; asks for a topic that is not known here."""
    rows = await db.all(OF_TOPIC, topic=topic, after=after, limit=limit)
    if not rows:
        await learn(topic)
        rows = await db.all(OF_TOPIC, topic=topic, after=after, limit=limit)
    if not rows or rows[0]["topic_state"] == "deleted":
        raise TopicNotFound()
    return rows


async def newest_messages(
    db: Queries, cursors: Cursors, author: str | None, limit: int, cursor: str | None
) -> Page:
    """A page of everybody's messages, or those of the author of that name, newest first."""
    of = f"newest messages by {author}"
    before = UUID(cursors.decode(of, cursor)[0]) if cursor is not None else _LAST_ID
    statement, params = NEWEST, {"before": before, "limit": limit + 1}
    if author is not None:
        named = await db.one(NAMED, name=author)
        if named is None:
            return [], None
        statement, params = NEWEST_BY, {**params, "author": named["id"]}
    rows = await db.all(statement, **params)
    items = [schemas.message(row) for row in rows[:limit]]
    return items, cursors.encode(of, str(items[-1]["id"])) if len(rows) > limit else None


async def best_messages(
    db: Queries, cursors: Cursors, q: str, author: str | None, limit: int, cursor: str | None
) -> Page:
    """A page of the newest 10,000 messages that match `q` (as people type into a search box), best first."""
    of = f"best messages for {q!r} by {author}"
    rank, before = cursors.decode(of, cursor) if cursor is not None else (float("inf"), _LAST_ID)
    named = None
    if author is not None:
        named = await db.one(NAMED, name=author)
        if named is None:
            return [], None
    rows = await db.all(
        BEST, q=q, author=named and named["id"], rank=rank, before=UUID(str(before)), limit=limit + 1
    )
    items = [schemas.message(row) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return items, last and cursors.encode(of, last["rank"], str(last["id"]))


async def one_message(db: Queries, message: UUID) -> tuple[dict[str, Any], int]:
    """A message and its version; MessageNotFound when it, or its topic, is gone."""
    row = await db.one(ONE, id=message)
    if row is None:
        raise MessageNotFound()
    return schemas.message(row), row["version"]


async def live_keys(database: Database) -> dict[str, dict[str, Any]]:
    """The public JWKs that sign tokens now, by kid."""
    return {row["kid"]: orjson.loads(row["jwk"]) for row in await database.all(KEYS)}
