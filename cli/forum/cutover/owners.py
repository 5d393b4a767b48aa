"""The rows that say who owns a service's data, as the cutover writes them."""

import asyncio
from dataclasses import dataclass

import asyncpg

from forum.cutover.replication import deadline
from forum.cutover.sides import Pair, Side

LEAVING_SECONDS = 3.0  # how long writes may wait for a move; a move that takes longer is given up
POLL_SECONDS = 0.005

READ = "SELECT state, peer, until < clock_timestamp() AS is_late FROM {schema}.ownership"
SET = "UPDATE {schema}.ownership SET state = '{state}', peer = $1, until = NULL, since = now()"
LEAVE = """
    UPDATE {schema}.ownership SET state = 'leaving', since = now(),
        until = clock_timestamp() + interval '{seconds} seconds'
    WHERE state IN ('here', 'leaving')
"""
LEFT = """
    UPDATE {schema}.ownership SET state = 'elsewhere', peer = $1, until = NULL, since = now()
    WHERE state = 'leaving' AND until > clock_timestamp() RETURNING true
"""
LOCK = "LOCK TABLE {schema}.ownership IN ACCESS EXCLUSIVE MODE NOWAIT"
WHO = """
    SELECT activity.pid, activity.application_name, now() - activity.xact_start AS age
    FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)
    WHERE relation = '{schema}.ownership'::regclass AND activity.pid <> pg_backend_pid()
    ORDER BY xact_start LIMIT 1
"""


@dataclass(frozen=True)
class Owner:
    """A side's row; `is_here`: writes are taken there, or will be when nothing more happens."""

    state: str
    peer: str | None
    is_late: bool

    @property
    def is_here(self) -> bool:
        return self.state in ("here", "leaving")


class StaysOpen(Exception):
    """Writes did not end in time, and the message says which."""


async def read(pair: Pair, side: Side) -> Owner:
    """What the side's row says."""
    row = await side.connection.fetchrow(READ.format(schema=pair.service))
    return Owner(row["state"], row["peer"], bool(row["is_late"]))


async def is_shifted(pair: Pair) -> bool:
    """Whether the service owns its data; a new one, which nobody has copied to, says so too, and does not."""
    return (await read(pair, pair.own)).is_here and not (await read(pair, pair.monolith)).is_here


async def write(pair: Pair, side: Side, state: str, peer: str | None) -> None:
    """Makes the row say so."""
    await side.connection.execute(SET.format(schema=pair.service, state=state), peer)


async def leave(pair: Pair, giver: Side, seconds: float = LEAVING_SECONDS) -> None:
    """From now on new writes wait, for so many seconds; returns when all that had begun have ended.
    StaysOpen when one does not."""
    await giver.connection.execute(LEAVE.format(schema=pair.service, seconds=seconds))
    is_over = deadline(seconds)
    while not await nobody_writes(pair, giver):
        if is_over():
            raise StaysOpen(await who_writes(pair, giver))
        await asyncio.sleep(POLL_SECONDS)


async def left(pair: Pair, giver: Side, taker: Side) -> bool:
    """The data are elsewhere from now on, unless the time for it is over."""
    while True:
        try:
            async with giver.connection.transaction():
                await giver.connection.execute(LOCK.format(schema=pair.service))
                statement = LEFT.format(schema=pair.service)
                return bool(await giver.connection.fetchval(statement, taker.place.address))
        except asyncpg.LockNotAvailableError:
            if (await read(pair, giver)).is_late:
                return False
            await asyncio.sleep(POLL_SECONDS)


async def nobody_writes(pair: Pair, side: Side) -> bool:
    """Whether every transaction that has read the row has ended: each that writes has."""
    try:
        async with side.connection.transaction():
            await side.connection.execute(LOCK.format(schema=pair.service))
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def who_writes(pair: Pair, side: Side) -> str:
    """The oldest transaction that has read the row, in words."""
    row = await side.connection.fetchrow(WHO.format(schema=pair.service))
    if row is None:
        return "writes followed each other without a gap"
    age = row["age"].total_seconds() if row["age"] else 0
    name = row["application_name"] or "an unnamed program"
    return f"a transaction of {name} (pid {row['pid']}) has been open for {age:.1f} s"
