"""Connections are shared, bounded, and never handed out in a doubtful state."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import pytest

import chassis.database
from chassis import pool
from chassis.database import Database, sql
from chassis.problem import Unavailable

BACKEND = sql("SELECT pg_backend_pid() AS pid")
FAILING = sql("SELECT 1 / 0")


@pytest.fixture
async def database(fresh_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Database]:
    database = Database(await fresh_database(), pool_size=2, name="pool tests")
    yield database
    await database.close()


class Wire:
    """What leads to a server, until it is cut: then nothing comes through, and nobody is told."""

    def __init__(self, url: str) -> None:
        self.there = urlsplit(url)
        self.is_cut = False

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = dict(parse_qsl(self.there.query)).get("host", self.there.hostname)
        port = self.there.port or 5432
        far = await (
            asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            if str(host).startswith("/")
            else asyncio.open_connection(host, port)
        )
        await asyncio.gather(self.carry(reader, far[1]), self.carry(far[0], writer))

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self.is_cut:
                writer.write(data)
        writer.close()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[str]:
        """The server's URL at the end of this wire."""
        async with await asyncio.start_server(self.connect, "127.0.0.1") as server:
            port = server.sockets[0].getsockname()[1]
            user = self.there.netloc.rpartition("@")[0]
            yield self.there._replace(netloc=f"{user}@127.0.0.1:{port}", query="").geturl()


async def backend(database: Database) -> int:
    row = await database.one(BACKEND)
    assert row is not None
    pid: int = row["pid"]
    return pid


async def test_the_connection_used_last_serves_next_also_after_an_error_of_sql(database: Database) -> None:
    first = await backend(database)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.run(FAILING)
    assert await backend(database) == first


async def test_there_are_never_more_than_its_size_and_the_next_waits(database: Database) -> None:
    pids = await asyncio.gather(*(backend(database) for _ in range(20)))
    assert len(set(pids)) <= 2


async def test_a_wait_for_a_connection_ends_with_503(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.connection(), database.connection():
        monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.05)
        with pytest.raises(Unavailable):
            await backend(database)
    assert await backend(database)


async def test_a_connection_left_in_the_middle_of_a_query_is_not_used_again(database: Database) -> None:
    before = await backend(database)
    sleeping = asyncio.create_task(database.run(sql("SELECT pg_sleep(60)")))
    while not database.pool._busy:  # noqa: ASYNC110  one turn of the loop
        await asyncio.sleep(0)
    sleeping.cancel()
    await asyncio.gather(sleeping, return_exceptions=True)
    assert await backend(database) != before


async def test_a_connection_that_the_server_ended_is_replaced(database: Database) -> None:
    async with database.connection() as killer:
        victim = await backend(database)
        await killer.execute(f"SELECT pg_terminate_backend({victim}, 1000)")
    for _ in range(2):  # at worst the first is refused; none fails in another way
        try:
            assert await backend(database) != victim
        except Unavailable:
            continue


async def test_a_server_that_is_not_there_is_503_and_gives_its_place_back() -> None:
    database = Database("postgresql://nobody@/nothing?host=/nowhere", pool_size=1)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await backend(database)


async def test_a_server_that_has_gone_without_a_word_is_503_and_no_wait(
    fresh_database: Callable[..., Awaitable[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (pool, chassis.database):
        monkeypatch.setattr(module, "ANSWER_SECONDS", 0.1)
    wire = Wire(await fresh_database())

    async def cut_off(database: Database) -> None:
        async with database.transaction() as transaction:
            await transaction.one(BACKEND)
            wire.is_cut = True
            await transaction.one(BACKEND)

    async with wire.laid() as url:
        database = Database(url, pool_size=2, name="pool tests", statement_seconds=1.5)
        await asyncio.gather(backend(database), backend(database))
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await cut_off(database)
        assert time.monotonic() - began < 3, "it waited as long for the ROLLBACK"
        with pytest.raises(Unavailable):
            await backend(database)
        wire.is_cut = False
        assert await backend(database)
        await database.close()
