"""Whether both sides hold the same rows, on a forum that runs: sums of hashes, chunk by chunk in the order of
keys. A chunk that differs is looked at row by row, and what is still on its way is given time to come."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg

from chassis.ownership import Moving
from forum.cutover.replication import Stream
from forum.cutover.sides import Side

CHUNK = 10_000  # rows
TRIES = 10  # how often rows that differ are looked at again
NAMED = 5  # how many keys of different rows are told
MARK_SECONDS = 30.0

KEYS = """
    SELECT key FROM (SELECT {key} AS key, row_number() OVER (ORDER BY {key}) AS n FROM {table}) AS numbered
    WHERE n % {chunk} = 0 ORDER BY key
"""
HASH = "hashtextextended(ROW({columns})::text, 0)"
SUM = f"SELECT count(*) AS rows, coalesce(sum({HASH}::numeric), 0) AS sum FROM {{table}} WHERE {{where}}"
ROWS = f"SELECT {{key}}::text AS key, {HASH} AS hash FROM {{table}} WHERE {{where}}"


@dataclass(frozen=True)
class Compared:
    """How many rows of a table were compared, and the keys of those that differ."""

    table: str
    rows: int
    different: Sequence[str] = ()

    def __str__(self) -> str:
        more = len(self.different) - NAMED
        named = ", ".join(self.different[:NAMED])
        return f"{self.table}: {named}{f' and {more} more' if more > 0 else ''}"


@dataclass(frozen=True)
class Chunk:
    """The rows of a table behind one key up to another; None has no bound."""

    schema: str
    moving: Moving
    after: object
    until: object

    async def read(self, side: Side, statement: str, keys: Sequence[str] = ()) -> list[asyncpg.Record]:
        """What `statement` answers of it on one side, or of those of its rows that have these keys."""
        wanted = {
            f"{self.moving.key} > $%d": self.after,
            f"{self.moving.key} <= $%d": self.until,
            f"{self.moving.key}::text = ANY($%d)": keys or None,
        }
        given = [(text, value) for text, value in wanted.items() if value is not None]
        words = {
            "where": " AND ".join(text % n for n, (text, _) in enumerate(given, 1)) or "true",
            "key": self.moving.key,
            "columns": ", ".join(self.moving.columns),
            "table": f"{self.schema}.{self.moving.table}",
        }
        rows: list[asyncpg.Record] = await side.connection.fetch(
            statement.format(**words), *(value for _, value in given)
        )
        return rows

    async def hashes(self, side: Side, keys: Sequence[str] = ()) -> dict[str, int]:
        """The hash of each row by its key."""
        return {row["key"]: row["hash"] for row in await self.read(side, ROWS, keys)}


async def compare(
    stream: Stream, done: Callable[[int], None] = lambda rows: None, chunk: int = CHUNK
) -> list[Compared]:
    """Every table that moves but its mark, the source's rows against those of the other side; tells how many
    rows it has done. A row that the source changes all the while is not called different. TimeoutError."""
    return [await _table(stream, each, done, chunk) for each in stream.pair.moving if each.table != "marks"]


async def _table(stream: Stream, moving: Moving, done: Callable[[int], None], size: int) -> Compared:
    schema, rows = stream.pair.service, 0
    different: list[str] = []
    statement = KEYS.format(key=moving.key, table=f"{schema}.{moving.table}", chunk=size)
    keys = [row["key"] for row in await stream.source.connection.fetch(statement)]
    for after, until in zip([None, *keys], [*keys, None], strict=True):
        chunk = Chunk(schema, moving, after, until)
        ours, theirs = await asyncio.gather(chunk.read(stream.source, SUM), chunk.read(stream.target, SUM))
        rows += ours[0]["rows"]
        done(ours[0]["rows"])
        if ours != theirs:
            different += await _different(stream, chunk)
    return Compared(moving.table, rows, different)


async def _different(stream: Stream, chunk: Chunk) -> list[str]:
    """The keys of rows that differ still when what was on its way has come."""
    ours, theirs = await asyncio.gather(chunk.hashes(stream.source), chunk.hashes(stream.target))
    keys = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
    different: list[str] = []
    for _ in range(TRIES):
        if not keys:
            break
        before = await chunk.hashes(stream.source, keys)
        await stream.pass_mark(MARK_SECONDS)
        there = await chunk.hashes(stream.target, keys)
        after = await chunk.hashes(stream.source, keys)
        different += [key for key in keys if before.get(key) == after.get(key) != there.get(key)]
        keys = [key for key in keys if before.get(key) != after.get(key)]
    return sorted(different)
