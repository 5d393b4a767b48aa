"""How topics are read: one statement a question, each compiled once."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Double, Integer, Select, Text, bindparam, cast, func, select, tuple_
from sqlalchemy import literal_column as sql_literal
from sqlalchemy.dialects.postgresql import ARRAY, REGCONFIG, array

from chassis.database import Database, Queries, Statement, sql
from chassis.paging import Cursors
from topics.errors import TopicNotFound
from topics.models import SEARCH_CONFIG, authors, search, tags, topics

Columns = tuple[ColumnElement[Any], ...]
Filters = list[ColumnElement[bool]]

MOST_RANKED = 10_000  # of the newest hits: ranking reads every one of them

_t = topics.c
_ALIVE = _t.state != sql_literal("'deleted'")  # a literal, so that the partial indexes serve
_author, _last = authors.alias("author"), authors.alias("last_author")
_WITH_AUTHORS = topics.outerjoin(_author, _author.c.id == _t.author_id).outerjoin(
    _last, _last.c.id == _t.last_author_id
)
_ROW = (
    *(_t.id, _t.title, _t.tags, _t.author_id, _t.pinned, _t.state, _t.message_count, _t.last_activity_at),
    *(_t.last_author_id, _t.created_at, _t.edited_at, _author.c.username, _author.c.display_name),
    *(_last.c.username.label("last_username"), _last.c.display_name.label("last_display_name")),
)

ORDERS: dict[str, Columns] = {
    "latest": (_t.pinned, _t.last_activity_at, _t.id),
    "new": (_t.id,),
    "top": (_t.message_count, _t.id),
}
_POSITIONS = {
    **{order: [str(column.key) for column in columns] for order, columns in ORDERS.items()},
    "best": ["rank", "id"],
}
_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_BEGINNING: dict[str, Sequence[str]] = {
    "latest": ("true", "infinity", _LAST_ID),
    "new": (_LAST_ID,),
    "top": (str(2**31 - 1), _LAST_ID),
    "best": ("infinity", _LAST_ID),
}


class Wanted(NamedTuple):
    """Which topics: one of ORDERS, and filters. With `q` the best hits come first, whatever `sort`."""

    sort: str
    tag: str | None
    author: str | None
    q: str

    @property
    def order(self) -> str:
        """The name of the order, `best` with `q`."""
        return "best" if self.q else self.sort


async def list_topics(
    db: Queries, cursors: Cursors, wanted: Wanted, *, limit: int, cursor: str | None
) -> tuple[Sequence[asyncpg.Record], str | None]:
    """A page of rows and the cursor of the next, None at the end; BadCursor for one of another list."""
    of = json.dumps(["topics", wanted.order, wanted.tag, wanted.author, wanted.q])
    position = _BEGINNING[wanted.order] if cursor is None else cursors.decode(of, cursor)
    by_tag, by_author = wanted.tag is not None, wanted.author is not None
    rows = await db.all(
        statement(wanted.order, by_tag, by_author, limit + 1),
        **{f"after_{number}": value for number, value in enumerate(position)},
        tag=wanted.tag,
        author=wanted.author,
        q=wanted.q,
        limit=limit + 1,
    )
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], cursors.encode(of, *(str(last[name]) for name in _POSITIONS[wanted.order]))


@cache
def statement(order: str, by_tag: bool, by_author: bool, limit: int) -> Statement:
    """The list in this order with these filters, behind the position `:after_0`, `:after_1` …

    For a `LIMIT $1` of unknown size PostgreSQL expects a tenth of the table, so that it plans anew
    each time: right for a filter, whose best plan depends on its value, and 0.2 ms too much without.
    """
    written_out = not (by_tag or by_author or order == "best")
    size: ColumnElement[int] = sql_literal(str(limit), Integer) if written_out else bindparam("limit")
    filters = _filters(by_tag, by_author)
    return Statement(_best(filters, size) if order == "best" else _ordered(ORDERS[order], filters, size))


async def read_topic(db: Queries, topic_id: UUID) -> asyncpg.Record:
    """The topic with its text and authors, or TopicNotFound."""
    row = await db.one(_TOPIC, id=topic_id)
    if row is None:
        raise TopicNotFound()
    return row


async def read_state(db: Queries, topic_id: UUID) -> str | None:
    """The state of a topic, deleted ones included; None where there is none."""
    row = await db.one(_STATE, id=topic_id)
    return row and row["state"]


async def count_tags(db: Queries) -> list[dict[str, Any]]:
    """`tag` and `topics` of every tag in use, most used first."""
    return [dict(row) for row in await db.all(_TAGS)]


async def live_keys(database: Database) -> dict[str, dict[str, Any]]:
    """The public JWKs that sign tokens now, by kid."""
    return {row["kid"]: json.loads(row["jwk"]) for row in await database.all(_KEYS)}


def _filters(by_tag: bool, by_author: bool) -> Filters:
    """Topics that are not deleted, with `:tag`, by `:author`. Names compare without case; a deleted
    account has no name."""
    filters = [_ALIVE]
    if by_tag:
        filters.append(_t.tags.contains(cast(array([bindparam("tag", type_=Text)]), ARRAY(Text))))
    if by_author:
        of_name = func.lower(authors.c.username) == func.lower(bindparam("author", type_=Text))
        named = select(authors.c.id).where(of_name, authors.c.state != sql_literal("'deleted'")).limit(1)
        filters.append(_t.author_id == named.scalar_subquery())
    return filters


def _after(columns: Columns) -> ColumnElement[bool]:
    """Rows behind the position `:after_0`, `:after_1` …, which are the columns' values as text.

    PostgreSQL estimates a comparison of rows by the first column alone: behind the pinned topics, and
    among those without messages, it would expect no rows, read all and sort them. In a subquery it
    does not see the values, and walks the index.
    """
    position = [cast(bindparam(f"after_{n}", type_=Text), c.type) for n, c in enumerate(columns)]
    return tuple_(*columns) < tuple_(*(select(value).scalar_subquery() for value in position))


def _ordered(columns: Columns, filters: Filters, size: ColumnElement[int]) -> Select[Any]:
    return (
        select(*_ROW)
        .select_from(_WITH_AUTHORS)
        .where(*filters, _after(columns))
        .order_by(*(column.desc() for column in columns))
        .limit(size)
    )


def _best(filters: Filters, size: ColumnElement[int]) -> Select[Any]:
    query = func.websearch_to_tsquery(cast(sql_literal(f"'{SEARCH_CONFIG}'"), REGCONFIG), bindparam("q"))
    newest = (
        select(_t.id, search.c.document)
        .join(search, search.c.topic_id == _t.id)
        .where(search.c.document.op("@@")(query), *filters)
        .order_by(_t.id.desc())
        .limit(sql_literal(str(MOST_RANKED)))
        .subquery("newest")
    )
    rank = cast(func.ts_rank(newest.c.document, query), Double).label("rank")
    ranked = select(newest.c.id, rank).cte("ranked").prefix_with("MATERIALIZED", dialect="postgresql")
    columns = ranked.c.rank, ranked.c.id
    best = (
        select(*columns)
        .where(_after(columns))
        .order_by(*(column.desc() for column in columns))
        .limit(size)
        .subquery("best")
    )
    return (
        select(*_ROW, best.c.rank)
        .select_from(_WITH_AUTHORS.join(best, best.c.id == _t.id))
        .order_by(best.c.rank.desc(), best.c.id.desc())
    )


_TOPIC = Statement(
    select(*_ROW, _t.body, _t.html, _t.version)
    .select_from(_WITH_AUTHORS)
    .where(_t.id == bindparam("id"), _ALIVE)
)
_STATE = Statement(select(_t.state).where(_t.id == bindparam("id")))
_TAGS = Statement(
    select(tags).where(tags.c.topics > sql_literal("0")).order_by(tags.c.topics.desc(), tags.c.tag)
)
_KEYS = sql("SELECT kid, jwk FROM topics.keys WHERE state = 'live'")
