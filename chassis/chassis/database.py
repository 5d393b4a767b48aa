"""PostgreSQL: Core statements compiled once, run by asyncpg on a pooled connection.

SQLAlchemy's own execution costs more than the query of a hot read, so it writes the SQL and
asyncpg runs it (docs/decisions).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from chassis.problem import Problem, Unavailable

ACQUIRE_SECONDS = 5.0  # the router waits longer: a busy pool still has time to say 503
STATEMENT_SECONDS = 10  # longer ones are ended by the server; loaders raise it for themselves
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)

log = logging.getLogger(__name__)


class Statement:
    """A statement compiled to asyncpg's SQL once, at import; parameters go by name."""

    __slots__ = ("defaults", "names", "sql")

    def __init__(self, clause: ClauseElement) -> None:
        compiled: Any = clause.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self.sql = str(compiled)
        self.names: list[str] = list(compiled.positiontup or ())
        self.defaults = {name: value for name, value in compiled.params.items() if value is not None}

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        """Parameters in the order of $1, $2 …; KeyError names one that is missing."""
        if self.defaults:
            params = {**self.defaults, **params}
        return [params[name] for name in self.names]


def sql(statement: str) -> Statement:
    """A Statement from SQL text with `:name` parameters."""
    return Statement(text(statement))


class Queries(Protocol):
    """What operations ask of the database: a pool, where each statement is its own transaction, or a
    transaction."""

    async def all(self, statement: Statement, **params: Any) -> list[asyncpg.Record]: ...
    async def one(self, statement: Statement, **params: Any) -> asyncpg.Record | None: ...
    async def run(self, statement: Statement, **params: Any) -> None: ...


@asynccontextmanager
async def unreachable_is_unavailable() -> AsyncIterator[None]:
    """Turns a database that does not answer into a 503 with Retry-After."""
    try:
        yield
    except UNREACHABLE as error:
        if isinstance(error, ValueError):  # asyncpg.DataError: our mistake, not the server's absence
            raise
        log.warning("database unavailable: %s: %s", type(error).__name__, error)
        raise Unavailable("The database does not answer now. Try again in a moment.") from error


class Database:
    """A pool that connects at its first query; an unreachable server is a 503, not a failed start."""

    def __init__(self, url: str, *, pool_size: int = 10, name: str = "forum") -> None:
        self._url, self._size, self._name = url, pool_size, name
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def pool(self) -> asyncpg.Pool:
        """The pool, made at the first call."""
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    self._pool = await asyncpg.create_pool(
                        self._url,
                        min_size=0,
                        max_size=self._size,
                        timeout=ACQUIRE_SECONDS,
                        reset=_nothing_to_reset,
                        server_settings={
                            "application_name": self._name,
                            "jit": "off",
                            "statement_timeout": f"{STATEMENT_SECONDS}s",
                            "idle_in_transaction_session_timeout": "15s",
                        },
                    )
        return self._pool

    async def all(self, statement: Statement, **params: Any) -> list[asyncpg.Record]:
        """Every row, in a transaction of its own."""
        async with self.connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(statement.sql, *statement.values(params))
            return rows

    async def one(self, statement: Statement, **params: Any) -> asyncpg.Record | None:
        """The first row or None, in a transaction of its own."""
        async with self.connection() as connection:
            return await connection.fetchrow(statement.sql, *statement.values(params))

    async def run(self, statement: Statement, **params: Any) -> None:
        """No rows wanted, in a transaction of its own."""
        async with self.connection() as connection:
            await connection.execute(statement.sql, *statement.values(params))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A pooled asyncpg connection, for what the three methods above do not do (COPY, for one)."""
        async with unreachable_is_unavailable():
            pool = self._pool or await self.pool()
            connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
            try:
                yield connection
            finally:
                await pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Commits at the end, rolls back on an exception, except for a Problem that `commits`."""
        transaction = Transaction(self)
        try:
            yield transaction
        except Problem as problem:
            await transaction.end(commit=problem.commits)
            raise
        except BaseException:
            await transaction.end(commit=False)
            raise
        else:
            await transaction.end(commit=True)

    async def close(self) -> None:
        """Closes every connection."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


class Transaction:
    """One transaction. It takes a connection at its first query, so none is held before that."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None

    async def connection(self) -> asyncpg.Connection:
        """The connection, inside the transaction."""
        if self._connection is None:
            pool = await self._database.pool()
            connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
            try:
                await connection.execute("BEGIN")
            except BaseException:
                await pool.release(connection)
                raise
            self._connection = connection
        return self._connection

    async def all(self, statement: Statement, **params: Any) -> list[asyncpg.Record]:
        """Every row."""
        async with unreachable_is_unavailable():
            connection = await self.connection()
            rows: list[asyncpg.Record] = await connection.fetch(statement.sql, *statement.values(params))
            return rows

    async def one(self, statement: Statement, **params: Any) -> asyncpg.Record | None:
        """The first row or None."""
        async with unreachable_is_unavailable():
            connection = await self.connection()
            return await connection.fetchrow(statement.sql, *statement.values(params))

    async def run(self, statement: Statement, **params: Any) -> None:
        """No rows wanted."""
        async with unreachable_is_unavailable():
            connection = await self.connection()
            await connection.execute(statement.sql, *statement.values(params))

    async def end(self, *, commit: bool) -> None:
        """COMMIT or ROLLBACK, and the connection goes back to the pool."""
        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        pool = await self._database.pool()
        wanted = "COMMIT" if commit else "ROLLBACK"
        done = ""
        try:
            async with unreachable_is_unavailable():
                if commit or not connection.is_closed():
                    done = await connection.execute(wanted)
        finally:
            if done != wanted:  # whatever state it is in, nobody else gets this connection
                connection.terminate()
            await pool.release(connection)
        if commit and done != wanted:  # PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK
            raise Unavailable("The change was not saved. Try again.")


async def _nothing_to_reset(_: Any) -> None:
    """Statements here leave no session state behind, so a released connection needs no round trip."""
