"""A monolith's database with people, topics and messages in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from monolith_filled import brought_up_to_date, fill

from chassis.database import Database

FreshDatabase = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
async def populated(fresh_database: FreshDatabase) -> str:
    """To be copied: nobody stays connected to it."""
    url = await fresh_database()
    await asyncio.to_thread(brought_up_to_date, url)
    database = Database(url)
    await fill(database)
    await database.close()
    connection = await asyncpg.connect(url)
    await connection.execute("ANALYZE")
    await connection.close()
    return url


@pytest.fixture
async def url(populated: str, fresh_database: FreshDatabase) -> str:
    """A populated database of this test's own."""
    return await fresh_database(like=populated)


@pytest.fixture
async def forum(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to it."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()
