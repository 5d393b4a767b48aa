"""A service on both sides of its move, without applications: databases, and writers as the forum has them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg

from forum.cutover import copying, owners
from forum.cutover.checksums import Compared, compare
from forum.cutover.replication import Stream
from forum.cutover.sides import Pair, Place, Side, pairs
from forum.doctor import Findings
from forum.moving.progress import bars

FENCED = asyncpg.ObjectNotInPrerequisiteStateError
NEW = {
    "users": "INSERT INTO users.users (id, username, reserved_name, display_name) VALUES ($1, $2, $2, $2)",
    "topics": """
        INSERT INTO topics.topics (id, author_id, title, body, html, render_version, tags, last_activity_at,
            created_at) VALUES ($1, $1, $2, $2, $2, 1, '{one}', now(), now())
    """,
    "messages": """
        INSERT INTO messages.messages
            (id, topic_id, number, author_id, body, html, render_version, created_at)
        VALUES ($1, $1, 1, $1, $2, $2, 1, now())
    """,
}
TEXT = {"users": ("users", "bio"), "topics": ("topics", "title"), "messages": ("messages", "body")}
COUNT_ONE = """
    UPDATE topics.topics SET message_count = message_count + 1
    WHERE id = (SELECT id FROM topics.topics ORDER BY random() LIMIT 1)
"""

OpenSides = Callable[[str], AbstractAsyncContextManager[Pair]]
OpenAll = Callable[[], AbstractAsyncContextManager[dict[str, Pair]]]


def administered(url: str, as_administrator: str) -> str:
    """The same database, as who administers the server."""
    return urlsplit(as_administrator)._replace(path=urlsplit(url).path).geturl()


async def answer_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request, whatever it is, is answered with an empty page."""
    with suppress(asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
    writer.close()


@asynccontextmanager
async def two_sides(monolith: str, services: dict[str, str]) -> AsyncIterator[dict[str, Pair]]:
    """Both sides of services, from the URLs of their databases; no replication remains. Applications that
    have nothing to say stand for the real ones."""
    server = await asyncio.start_server(answer_nothing, "127.0.0.1")
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    places = {
        service: (Place("monolith", monolith, address), Place("service", own, address))
        for service, own in services.items()
    }
    async with server, pairs(places) as opened:
        try:
            yield opened
        finally:
            for pair in opened.values():
                for side in (pair.monolith, pair.own):
                    await Stream(pair, side).drop()


class Killed(Exception):
    """As if the command had been ended by kill -9."""


class Dying:
    """A connection, and with others a command that is killed before a certain statement of all of theirs."""

    def __init__(self, connection: asyncpg.Connection, left: Iterator[int]) -> None:
        self._connection, self._left = connection, left

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("execute", "fetch")) and next(self._left, None) is None:
            raise Killed
        return getattr(self._connection, name)


def dying(pair: Pair, statements: int) -> Pair:
    """The same sides, for a command that gets no further than so many statements."""
    left = iter(range(statements))
    both = [Side(side.place, Dying(side.connection, left)) for side in (pair.monolith, pair.own)]
    return Pair(pair.service, *both)


async def copied(pair: Pair) -> int:
    """The first copy; how many rows are equal."""
    with bars() as shown:
        return await copying.copy(pair, shown)


async def states(pair: Pair) -> tuple[str, str]:
    """Of the monolith's side and the service's."""
    both = [await owners.read(pair, side) for side in (pair.monolith, pair.own)]
    return both[0].state, both[1].state


async def owner_of(pair: Pair) -> Side:
    """The side that takes writes."""
    return pair.monolith if (await owners.read(pair, pair.monolith)).is_here else pair.own


async def differences(pair: Pair) -> list[Compared]:
    """What the owner has otherwise than the side that follows."""
    return [each for each in await compare(Stream(pair, await owner_of(pair))) if each.different]


@dataclass
class Writers:
    """Who writes all the while, and what was acknowledged: the text of each row, None for one removed."""

    pair: Pair
    kept: dict[UUID, str] = field(default_factory=dict)
    written: int = 0
    is_enough: bool = False

    async def write_on(self, seed: int) -> None:
        """One writer, on connections to both sides, with rows of its own."""
        random, mine = Random(seed), list[UUID]()  # noqa: S311
        service = self.pair.service
        table, text = TEXT[service]
        connections = [
            await asyncpg.connect(side.place.database) for side in (self.pair.monolith, self.pair.own)
        ]
        try:
            while not self.is_enough:
                said = uuid4().hex
                if not mine or random.random() < 0.4:
                    row = uuid4()
                    await self._once(connections, NEW[service], row, said)
                    mine.append(row)
                    self.kept[row] = said
                elif random.random() < 0.8:
                    row = random.choice(mine)
                    update = f"UPDATE {service}.{table} SET {text} = $2 WHERE id = $1"
                    await self._once(connections, update, row, said)
                    self.kept[row] = said
                else:
                    row = mine.pop()
                    await self._once(connections, f"DELETE FROM {service}.{table} WHERE id = $1", row)
                    del self.kept[row]
                self.written += 1
                await asyncio.sleep(0.002)
        finally:
            for connection in connections:
                connection.terminate()

    async def _once(self, connections: list[asyncpg.Connection], statement: str, *values: object) -> None:
        while True:
            for connection in connections:
                try:
                    await connection.execute(statement, *values)
                except FENCED:
                    continue
                return
            await asyncio.sleep(0.002)

    async def count_on(self) -> None:
        """What feeds do meanwhile, on either side: they write what is derived, in rows with newer text."""
        urls = self.pair.monolith.place.database, self.pair.own.place.database
        connections = [await asyncpg.connect(url) for url in urls]
        try:
            while not self.is_enough:
                for connection in connections:
                    await connection.execute(COUNT_ONE)
                await asyncio.sleep(0.002)
        finally:
            for connection in connections:
                connection.terminate()

    async def go_on(self, writes: int = 50) -> None:
        """Returns when so many more are acknowledged."""
        enough = self.written + writes
        async with asyncio.timeout(20):
            while self.written < enough:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def check(self) -> None:
        """Each acknowledged write is once where the data are, with its last text, and nothing else."""
        table, text = TEXT[self.pair.service]
        insert_text = {"users": "CASE WHEN bio = '' THEN username ELSE bio END"}.get(self.pair.service, text)
        query = f"SELECT id, {insert_text} AS text FROM {self.pair.service}.{table}"
        rows = await (await owner_of(self.pair)).connection.fetch(query)
        assert {row["id"]: row["text"] for row in rows} == self.kept


@asynccontextmanager
async def writing(pair: Pair, writers: int = 3) -> AsyncIterator[Writers]:
    """Writers for the block; none may fail."""
    found = Writers(pair)
    tasks = [asyncio.create_task(found.write_on(seed)) for seed in range(writers)]
    if pair.service == "topics":
        tasks.append(asyncio.create_task(found.count_on()))
    try:
        yield found
        assert not any(task.done() for task in tasks), "a writer has failed"
    finally:
        found.is_enough = True  # none is cut off between its write and the acknowledgement
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks)


def wrong(findings: Findings) -> str:
    """The findings that stand in the way, a line each."""
    return "\n".join(line for line in findings.lines if "WRONG" in line)
