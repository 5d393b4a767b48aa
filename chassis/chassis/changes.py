"""Change feeds, the publishing end: the current state of every row changed since a cursor.

A row carries the id of the transaction that last changed what its feed shows (`changed`, set by a
trigger). A page holds only rows below the oldest transaction still running in this database, so one
that commits late is never skipped. See docs/decisions.
"""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from fastapi import APIRouter, Query, Request, Response

from chassis.answers import JSON, encode
from chassis.callers import admit
from chassis.database import Database, Queries, Statement, sql
from chassis.problem import NotFound, Problem, problems

RECHECK_SECONDS = 0.1
LONGEST_WAIT = 25.0  # below the 30 s a follower allows for an answer

# The id below which no transaction of this database is still running. Transactions of other
# databases of the server are told apart by their lock on their own id.
HORIZON = """
    SELECT coalesce(min(running.xid), pg_snapshot_xmax(pg_current_snapshot()))
    FROM pg_snapshot_xip(pg_current_snapshot()) AS running (xid)
    WHERE NOT EXISTS (
        SELECT FROM pg_locks JOIN pg_stat_activity ON pg_stat_activity.pid = pg_locks.pid
        WHERE pg_locks.locktype = 'transactionid' AND pg_locks.granted
          AND pg_locks.mode = 'ExclusiveLock' AND pg_locks.transactionid = running.xid::xid
          AND pg_stat_activity.datid <> (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""
_AHEAD = sql("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid")
_SNAPSHOT = sql("SELECT pg_current_snapshot()::text AS snapshot")
_SERVER = """
    (SELECT system_identifier::text FROM pg_control_system()),
    left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
"""


class CursorGone(Problem):
    status, code, title = 410, "cursor_gone", "This cursor is of another time or place: begin from nothing"


def ddl(schema: str) -> str:
    """The table that holds a publisher's epoch, for its first migration."""
    return f"""
        CREATE TABLE {schema}.feed_epoch (
            epoch uuid NOT NULL, system_identifier text NOT NULL, timeline text NOT NULL,
            only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
        );
        CREATE FUNCTION {schema}.stamp_change() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN NEW.changed := pg_catalog.pg_current_xact_id(); RETURN NEW; END';
    """


def stamp_ddl(schema: str, table: str, key: str, shown: Sequence[str]) -> str:
    """Stamps rows of a published table when a column that the feed shows changes. The trigger is
    ENABLE ALWAYS: rows that come by replication get a stamp of the applying side."""
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in shown)
    return f"""
        ALTER TABLE {schema}.{table} ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id();
        CREATE INDEX ON {schema}.{table} (changed, {key});
        CREATE TRIGGER stamp_new BEFORE INSERT ON {schema}.{table}
            FOR EACH ROW EXECUTE FUNCTION {schema}.stamp_change();
        CREATE TRIGGER stamp_changed BEFORE UPDATE ON {schema}.{table}
            FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION {schema}.stamp_change();
        ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER stamp_new;
        ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER stamp_changed;
    """


@dataclass(frozen=True)
class Feed:
    """One published relation: `shown` maps wire names to columns of `schema.table`; only `readers`
    may read it. `key_type` is the SQL type of `key`."""

    relation: str
    schema: str
    table: str
    key: str
    shown: dict[str, str]
    readers: frozenset[str]
    key_type: str = "uuid"
    page: Statement = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shown = ", ".join(f"{column} AS {name}" for name, column in self.shown.items())
        statement = f"""
            SELECT changed::text AS stamp, {self.key}::text AS row_key, {shown}
            FROM {self.schema}.{self.table}
            WHERE changed < ({HORIZON})
              AND (changed, {self.key}) >
                  (CAST(CAST(:stamp AS text) AS xid8), CAST(CAST(:row_key AS text) AS {self.key_type}))
            ORDER BY changed, {self.key} LIMIT :limit
        """
        object.__setattr__(self, "page", sql(statement))

    def beginning(self) -> tuple[str, str]:
        """The position before every row."""
        return "0", str(uuid.UUID(int=0)) if self.key_type == "uuid" else ""


async def ensure_epoch(
    database: Database, schema: str, feeds: Sequence[Feed], *, renew: bool = False
) -> None:
    """Begins a new epoch, with every row stamped anew, when the data stands on another server or
    timeline than before, or when `renew` (after a restore that neither of them shows)."""
    lock = sql(f"LOCK TABLE {schema}.feed_epoch IN SHARE ROW EXCLUSIVE MODE")
    same = sql(f"""
        SELECT 1 FROM {schema}.feed_epoch WHERE (system_identifier, timeline) = ({_SERVER})
    """)
    begin = sql(f"""
        INSERT INTO {schema}.feed_epoch (epoch, system_identifier, timeline)
        SELECT gen_random_uuid(), {_SERVER}
        ON CONFLICT (only_one) DO UPDATE SET epoch = excluded.epoch,
            system_identifier = excluded.system_identifier, timeline = excluded.timeline
    """)
    async with database.transaction() as transaction:
        await transaction.run(lock)
        if await transaction.one(same) and not renew:
            return
        await transaction.run(begin)
        for table in sorted({feed.table for feed in feeds}):
            await transaction.run(sql(f"UPDATE {schema}.{table} SET changed = pg_current_xact_id()"))


class Wakeup:
    """Wakes those who wait for a change: at once after a write of this process, else when a re-check,
    shared by all who wait, sees that some transaction has ended."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._moved = asyncio.Event()
        self._checking: asyncio.Task[None] | None = None
        self._waiting = 0

    def wake(self) -> None:
        """Something was written here."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def now(self) -> asyncio.Event:
        """What the next wake sets. Take it before you read and hand it to `wait`: then a change that
        comes while you read is not slept through."""
        return self._moved

    async def wait(self, seconds: float, since: asyncio.Event | None = None) -> None:
        """Returns when something may have changed (`since` that moment of `now`), or after `seconds`."""
        moved = since or self._moved
        self._waiting += 1
        if self._checking is None:
            # In a context of its own: it is not the work of the request that happens to begin it.
            self._checking = asyncio.create_task(self._recheck(), context=Context())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                try:
                    await moved.wait()
                finally:
                    self._waiting -= 1

    async def _recheck(self) -> None:
        seen = ""
        try:
            while self._waiting:
                row = await self._database.one(_SNAPSHOT)
                if row is not None and row["snapshot"] != seen:
                    seen = row["snapshot"]
                    self.wake()
                await asyncio.sleep(RECHECK_SECONDS)
        except Problem:
            self.wake()  # whoever waits meets the error with a query of its own
        finally:
            self._checking = None


def feeds_router(feeds: Sequence[Feed]) -> APIRouter:
    """GET /internal/changes/{relation}, for the private port."""
    router = APIRouter()
    by_name = {feed.relation: feed for feed in feeds}

    @router.get("/internal/changes/{relation}", responses=problems(CursorGone))
    async def changes(
        relation: str,
        request: Request,
        since: str = "",
        limit: int = Query(500, ge=1, le=1000),
        wait: float = Query(0, ge=0, le=LONGEST_WAIT),
    ) -> Response:
        """`{items, next, caught_up}`: rows changed since the cursor, oldest change first. An empty
        `since` begins from nothing; `wait` is how many seconds an answer may wait for a change."""
        feed = by_name.get(relation)
        if feed is None:
            raise NotFound(f"No feed is called {relation}")
        await admit(request, feed.readers)
        state = request.app.state
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            moved = state.wakeup.now()
            page = await read_page(state.database, feed, since, limit)
            left = deadline - asyncio.get_running_loop().time()
            if page["items"] or left <= 0 or state.stopping.is_set():
                return Response(encode(page), media_type=JSON)
            await state.wakeup.wait(min(left, 5.0), moved)

    return router


async def read_page(database: Queries, feed: Feed, since: str, limit: int) -> dict[str, Any]:
    """One page; CursorGone for a cursor of another epoch or beyond the present."""
    epoch = await database.one(sql(f"SELECT epoch::text AS epoch FROM {feed.schema}.feed_epoch"))
    if epoch is None:
        raise NotFound("This service has no epoch yet: it has not started once")
    stamp, row_key = feed.beginning()
    if since:
        of, stamp, row_key = parse_cursor(since)
        ahead = await database.one(_AHEAD)
        if of != epoch["epoch"] or ahead is None or int(stamp) >= int(ahead["xid"]):
            raise CursorGone()
    try:
        rows = await database.all(feed.page, stamp=stamp, row_key=row_key, limit=limit)
    except asyncpg.DataError as error:  # what should be the key of a row is none
        raise CursorGone() from error
    if rows:
        stamp, row_key = rows[-1]["stamp"], rows[-1]["row_key"]
    items = [{name: row[name] for name in feed.shown} for row in rows]
    return {"items": items, "next": f"{epoch['epoch']}:{stamp}:{row_key}", "caught_up": len(rows) < limit}


def parse_cursor(cursor: str) -> tuple[str, str, str]:
    """(epoch, stamp, row key); CursorGone for what is no cursor."""
    epoch, _, rest = cursor.partition(":")
    stamp, _, row_key = rest.partition(":")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 20):
        raise CursorGone("This is no cursor of a feed: begin from nothing")
    return epoch, stamp, row_key
