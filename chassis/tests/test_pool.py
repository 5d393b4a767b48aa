"""Connections are shared, bounded, and never handed out in a doubtful state."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

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
