"""The yardstick of writing: bare asyncpg inserts of one row, 16 at once, each committed. Beside it the one
statement that posts a message, without HTTP and Markdown."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from bench.load import CONNECTIONS
from chassis.database import Database
from chassis.ids import uuid7
from messages.operations import REPLY

TABLE = """
    CREATE TABLE IF NOT EXISTS bare_insert (
        id uuid PRIMARY KEY, topic_id uuid NOT NULL, author_id uuid NOT NULL,
        body text NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
    )
"""
INSERT = "INSERT INTO bare_insert (id, topic_id, author_id, body) VALUES ($1, $2, $3, $4)"


async def rate(url: str, body: str, seconds: float) -> float:
    """Rows committed per second."""
    connections = [await asyncpg.connect(url) for _ in range(CONNECTIONS)]
    await connections[0].execute(TABLE)

    def inserting(connection: asyncpg.Connection) -> Callable[[], Awaitable[object]]:
        return lambda: connection.execute(INSERT, uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), body)

    per_second = await _repeated([inserting(connection) for connection in connections], seconds)
    for connection in connections:
        await connection.close()
    return per_second


async def post_rate(url: str, topics: list[str], body: str, seconds: float) -> float:
    """Messages committed per second by the statement of a post, on one of the topics by chance."""
    database, author = Database(url, pool_size=CONNECTIONS), uuid7()

    async def post() -> None:
        await database.one(
            REPLY,
            id=uuid7(),
            topic=UUID(random.choice(topics)),  # noqa: S311
            author=author,
            username="bench",
            display_name="bench",
            body=body,
            html=body,
            render_version=1,
            reply_to=None,
        )

    per_second = await _repeated([post] * CONNECTIONS, seconds)
    await database.close()
    return per_second


async def _repeated(works: list[Callable[[], Awaitable[object]]], seconds: float) -> float:
    """How often per second the works were done, each again and again, all at once."""
    began = time.perf_counter()

    async def again(work: Callable[[], Awaitable[object]]) -> int:
        times = 0
        while time.perf_counter() < began + seconds:
            await work()
            times += 1
        return times

    times = sum(await asyncio.gather(*(again(work) for work in works)))
    return times / (time.perf_counter() - began)
