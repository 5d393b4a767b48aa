"""Connections to PostgreSQL, kept open. asyncpg's own pool costs 35 µs a query, twice what asyncpg itself
takes for a short one: proxies, a task for each release, resets. Ours hands the connections out plainly."""

import asyncio

import asyncpg
from prometheus_client import Gauge

from chassis import traces

ACQUIRE_SECONDS = 5.0  # the router waits longer: a busy pool still has time to say 503
STATEMENT_SECONDS = 10.0  # longer ones are ended by the server
ANSWER_SECONDS = 2.0  # more than that, and the server has gone without a word

connections = Gauge("database_connections", "Connections to PostgreSQL", ["name", "state"])


class Pool:
    """At most `size` connections, each made when all others are busy; the one used last serves next."""

    def __init__(self, url: str, size: int, name: str, statement_seconds: float) -> None:
        self._url, self._name, self._statement_seconds = url, name, statement_seconds
        self._free = asyncio.Semaphore(size)
        self._idle: list[asyncpg.Connection] = []
        self._busy: set[asyncpg.Connection] = set()
        self._closed = False
        connections.labels(name, "idle").set_function(lambda: len(self._idle))
        connections.labels(name, "busy").set_function(lambda: len(self._busy))

    async def take(self) -> asyncpg.Connection:
        """A connection that nobody else has. TimeoutError when none comes free in 5 s; whatever connecting
        raises."""
        if self._free.locked():
            async with asyncio.timeout(ACQUIRE_SECONDS):
                await self._free.acquire()
        else:
            await self._free.acquire()
        try:
            connection = await self._open_one()
        except BaseException:
            self._free.release()
            raise
        self._busy.add(connection)
        return connection

    def give_back(self, connection: asyncpg.Connection, *, is_sound: bool) -> None:
        """Ends the use of a connection. One that may be in any state (`is_sound` false) is not used again."""
        self._busy.discard(connection)
        if is_sound and not self._closed and not connection.is_closed():
            self._idle.append(connection)
        else:
            connection.terminate()
        self._free.release()

    async def close(self) -> None:
        """Closes what is idle, and the others when they come back."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close(timeout=2) for connection in idle), return_exceptions=True)

    async def _open_one(self) -> asyncpg.Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        connection = await asyncpg.connect(
            self._url,
            timeout=ACQUIRE_SECONDS,
            command_timeout=self._statement_seconds + ANSWER_SECONDS,
            server_settings={
                "application_name": self._name,
                "jit": "off",
                "statement_timeout": f"{self._statement_seconds:g}s",
                "idle_in_transaction_session_timeout": "15s",
            },
        )
        if traces.is_on():
            connection.add_query_logger(traces.statement)
        return connection
