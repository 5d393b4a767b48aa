"""The yardstick of writing: bare asyncpg inserts of one row, 16 at once, each committed."""

import asyncio
import time
import uuid

import asyncpg

from bench.load import CONNECTIONS

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
    ends = time.perf_counter() + seconds
    began = time.perf_counter()

    async def insert(connection: asyncpg.Connection) -> int:
        rows = 0
        while time.perf_counter() < ends:
            await connection.execute(INSERT, uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), body)
            rows += 1
        return rows

    rows = sum(await asyncio.gather(*(insert(connection) for connection in connections)))
    elapsed = time.perf_counter() - began
    for connection in connections:
        await connection.close()
    return rows / elapsed
