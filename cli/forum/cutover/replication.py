"""A service's data on their way from one side to the other, by PostgreSQL's logical replication.

Facts: the slot is made by itself, since CREATE SUBSCRIPTION waits for ever for one on its own server;
`origin = none` keeps rows that came from the other side from going back there.
https://www.postgresql.org/docs/18/logical-replication.html
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import asyncpg

from forum.cutover.sides import Pair, Side
from forum.errors import Refused

POLL_SECONDS = 0.002
SLOT_SECONDS = 60  # a slot begins when every transaction that runs has ended

PUBLICATION = "SELECT true FROM pg_publication WHERE pubname = $1"
SLOT = "SELECT true FROM pg_replication_slots WHERE slot_name = $1"
MAKE_SLOT = "SELECT pg_create_logical_replication_slot($1, 'pgoutput')"
END_SENDER = (
    "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1 AND active"
)
DROP_SLOT = "SELECT pg_drop_replication_slot($1)"
OURS = "subname = $1 AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
SUBSCRIPTION = f"SELECT oid, subenabled, subslotname FROM pg_subscription WHERE {OURS}"
# The server quotes what CREATE SUBSCRIPTION takes only as literals.
SUBSCRIBE = """
    SELECT format('CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %I WITH (create_slot = false, '
        'slot_name = %L, copy_data = %s, enabled = %s, origin = none)',
        $1::text, $2::text, $1, $3::text, $4::bool::text, $5::bool::text)
"""
# Passwords change: a managed server's administrator gets another one every week.
CONNECT = "SELECT format('ALTER SUBSCRIPTION %I CONNECTION %L', $1::text, $2::text)"
WORKERS = "SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL AND subid = $1"
ERRORS = "SELECT apply_error_count + sync_error_count FROM pg_stat_subscription_stats WHERE subid = $1"
# Of the rows on their way: tables that are there, and what is copied of those that come.
TABLES = """
    SELECT class.relname AS name, rel.srsubstate IN ('r', 's') AS there,
        coalesce(copy.tuples_processed, 0) AS rows
    FROM pg_subscription_rel AS rel JOIN pg_class AS class ON class.oid = rel.srrelid
    LEFT JOIN pg_stat_progress_copy AS copy ON copy.relid = rel.srrelid
    WHERE rel.srsubid = $1
"""
LAG = """
    SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint AS bytes, wal_status
    FROM pg_replication_slots WHERE slot_name = $1
"""
MARK = """
    INSERT INTO {schema}.marks (mark) VALUES ($1) ON CONFLICT (only_one) DO UPDATE SET mark = excluded.mark
"""
# A commit that is on disk takes all before it along.
FLUSH = "SELECT pg_logical_emit_message(true, 'cutover', '')"
ADVANCE = "SELECT pg_replication_origin_advance($1, $2::text::pg_lsn)"


@dataclass(frozen=True)
class Stream:
    """From `source`, which publishes, to the other side, which applies: the slot is named after that."""

    pair: Pair
    source: Side

    @property
    def target(self) -> Side:
        return self.pair.other(self.source)

    @property
    def name(self) -> str:
        return f"cutover_{self.pair.service}"

    @property
    def slot(self) -> str:
        return f"{self.name}_{self.target.name}"

    async def exists(self) -> bool:
        """Whether there is a whole subscription: one whose removal was cut short has no slot."""
        found = await self._subscription()
        return found is not None and found["subslotname"] is not None

    async def leaves_traces(self) -> bool:
        """Whether anything is there of it."""
        slot = await self.source.connection.fetchval(SLOT, self.slot)
        return bool(slot) or await self._subscription() is not None

    async def is_enabled(self) -> bool:
        """Whether there is a subscription that applies, or would if it could."""
        found = await self._subscription()
        return bool(found and found["subenabled"])

    async def is_whole(self) -> bool:
        """Whether every table has come."""
        found = await self._subscription()
        if found is None:
            return False
        return all(table["there"] for table in await self.target.connection.fetch(TABLES, found["oid"]))

    async def make(self, *, copy: bool, enabled: bool) -> None:
        """Publication, slot and subscription, as far as they are not there; `copy`: with all rows there are.
        Raises Refused when a transaction stays open for so long that no slot can begin."""
        source, schema = self.source.connection, self.pair.service
        if not await self.exists():
            await self.drop()
        if not await source.fetchval(PUBLICATION, self.name):
            tables = ", ".join(
                f"{schema}.{each.table} ({', '.join(each.columns)})" for each in self.pair.moving
            )
            await source.execute(
                f"CREATE PUBLICATION {self.name} FOR TABLE {tables} WITH (publish = 'insert, update, delete')"
            )
        if not await source.fetchval(SLOT, self.slot):
            try:
                await source.execute(f"SET statement_timeout = '{SLOT_SECONDS}s'")
                await source.fetchval(MAKE_SLOT, self.slot)
            except asyncpg.QueryCanceledError as error:
                raise Refused(
                    f"no replication can begin: a transaction has been open for more than {SLOT_SECONDS} s; "
                    "end it (`SELECT * FROM pg_stat_activity ORDER BY xact_start`) and start again"
                ) from error
            finally:
                await source.execute("RESET statement_timeout")
        if not await self.exists():
            url = self.source.place.database
            statement = await self.target.connection.fetchval(
                SUBSCRIBE, self.name, url, self.slot, copy, enabled
            )
            await self.target.connection.execute(statement)

    async def enable(self) -> None:
        """Lets it apply what comes, by the password that is good now."""
        target = self.target.connection
        await target.execute(await target.fetchval(CONNECT, self.name, self.source.place.database))
        await target.execute(f"ALTER SUBSCRIPTION {self.name} ENABLE")

    async def stop(self, seconds: float) -> None:
        """Lets nothing more be applied; returns when its worker has ended. TimeoutError."""
        found = await self._subscription()
        if found is None:
            return
        await self.target.connection.execute(f"ALTER SUBSCRIPTION {self.name} DISABLE")
        async with asyncio.timeout(seconds):
            while await self.target.connection.fetchval(WORKERS, found["oid"]):  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)

    async def begin_now(self) -> None:
        """Of a subscription that is not enabled: what the source has written until now will not come."""
        source = self.source.connection
        await source.execute(FLUSH)
        position = await source.fetchval("SELECT pg_current_wal_flush_lsn()::text")
        found = await self._subscription()
        assert found is not None, "it was made before"  # noqa: S101
        await self.target.connection.execute(ADVANCE, f"pg_{found['oid']}", position)

    async def drop(self) -> None:
        """Removes subscription and slot; the publication stays for another time."""
        target, source = self.target.connection, self.source.connection
        if await self._subscription() is not None:
            await target.execute(f"ALTER SUBSCRIPTION {self.name} DISABLE")
            await target.execute(f"ALTER SUBSCRIPTION {self.name} SET (slot_name = NONE)")
            await target.execute(f"DROP SUBSCRIPTION {self.name}")
        async with asyncio.timeout(SLOT_SECONDS):
            while await source.fetchval(SLOT, self.slot):
                try:
                    await source.fetchval(DROP_SLOT, self.slot)
                except asyncpg.ObjectInUseError:  # its sender has not heard yet that the other end is gone
                    await source.execute(END_SENDER, self.slot)
                    await asyncio.sleep(0.01)

    async def copied(self, total: dict[str, int], reached: Callable[[int], None]) -> None:
        """Waits until every table has come; tells how many rows have. Raises Refused when it goes wrong."""
        found = await self._subscription()
        assert found is not None, "it was made before"  # noqa: S101
        target = self.target.connection
        while True:
            tables = await target.fetch(TABLES, found["oid"])
            reached(sum(total[table["name"]] if table["there"] else table["rows"] for table in tables))
            if all(table["there"] for table in tables):
                return
            if await target.fetchval(ERRORS, found["oid"]):
                raise Refused(
                    f"the copy of {self.pair.service} does not go on: the log of the {self.target.name}'s "
                    f"server says why; put it right, or run: forum cutover rollback {self.pair.service}"
                )
            await asyncio.sleep(0.05)

    async def pass_mark(self, seconds: float) -> None:
        """Returns when all that the source has written until now is applied. TimeoutError."""
        mark, schema = f"{self.target.name} {uuid4()}", self.pair.service
        await self.source.connection.execute(MARK.format(schema=schema), mark)
        async with asyncio.timeout(seconds):
            while await read_mark(self.pair, self.target) != mark:  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)

    async def lag(self) -> int | None:
        """How many bytes of the source's log are not confirmed; None when there is no slot, or it is lost."""
        row = await self.source.connection.fetchrow(LAG, self.slot)
        return None if row is None or row["wal_status"] == "lost" else int(row["bytes"] or 0)

    async def _subscription(self) -> asyncpg.Record | None:
        return await self.target.connection.fetchrow(SUBSCRIPTION, self.name)


async def read_mark(pair: Pair, side: Side) -> str:
    """The last mark that a side shows; it begins with the name of the side it went to."""
    return await side.connection.fetchval(f"SELECT mark FROM {pair.service}.marks") or ""


async def unpublish(pair: Pair) -> None:
    """Removes the publications of both sides."""
    for side in (pair.monolith, pair.own):
        await side.connection.execute(f"DROP PUBLICATION IF EXISTS cutover_{pair.service}")


def deadline(seconds: float) -> Callable[[], bool]:
    """Whether so many seconds have passed since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
