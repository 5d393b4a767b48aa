"""PostgreSQL: Core statements compiled once, run by asyncpg on a pooled connection.

SQLAlchemy's own execution costs more than the query of a hot read, so it writes the SQL and
asyncpg runs it (docs/decisions).
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from chassis.pool import ANSWER_SECONDS, STATEMENT_SECONDS, Pool
from chassis.problem import NotHere, Problem, Unavailable

UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a pooled connection that the server has ended meanwhile
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)

FENCED = asyncpg.ObjectNotInPrerequisiteStateError  # what the fence of chassis.ownership raises

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


class unreachable_is_unavailable:  # noqa: N801  a class costs a fifth of a generator's context
    """Turns a database that does not answer into a 503 with Retry-After, and data that are elsewhere into
    NotHere."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None and (problem := problem_of(error)):
            raise problem from error


def problem_of(error: BaseException) -> Problem | None:
    """NotHere or Unavailable where that is what PostgreSQL says, None for a mistake of ours."""
    if type(error) is FENCED:  # others are derived from it
        return NotHere()
    return unavailable(error) if is_unreachable(error) else None


def is_unreachable(error: BaseException) -> bool:
    """Whether it says that the database does not answer. asyncpg.DataError, a ValueError, is our mistake."""
    return isinstance(error, UNREACHABLE) and not isinstance(error, ValueError)


def unavailable(error: BaseException) -> Unavailable:
    """The 503 of a database that does not answer; `error` says to the log why."""
    log.warning("database unavailable: %s: %s", type(error).__name__, error)
    return Unavailable("The database does not answer now. Try again in a moment.")


class Lease:
    """A connection of the pool, for as long as the block lasts."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> asyncpg.Connection:
        try:
            self._connection = await self._pool.take()
        except UNREACHABLE as error:
            raise unavailable(error) from error
        return self._connection

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        problem = problem_of(error) if error else None
        answered = error is None or isinstance(error, asyncpg.PostgresError)
        self._pool.give_back(self._connection, is_sound=answered and not isinstance(problem, Unavailable))
        if problem is not None:
            raise problem from error


class Database:
    """A pool that connects at its first query; an unreachable server is a 503, not a failed start, and so is
    a statement that takes longer than `statement_seconds`."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        name: str = "forum",
        statement_seconds: float = STATEMENT_SECONDS,
    ) -> None:
        self.pool = Pool(url, pool_size, name, statement_seconds)

    async def all(self, statement: Statement, **params: Any) -> list[asyncpg.Record]:
        """Every row, in a transaction of its own."""
        async with Lease(self.pool) as connection:
            rows: list[asyncpg.Record] = await connection.fetch(statement.sql, *statement.values(params))
            return rows

    async def one(self, statement: Statement, **params: Any) -> asyncpg.Record | None:
        """The first row or None, in a transaction of its own."""
        async with Lease(self.pool) as connection:
            return await connection.fetchrow(statement.sql, *statement.values(params))

    async def run(self, statement: Statement, **params: Any) -> None:
        """No rows wanted, in a transaction of its own."""
        async with Lease(self.pool) as connection:
            await connection.execute(statement.sql, *statement.values(params))

    def connection(self) -> "Lease":
        """A connection for the length of an `async with`, for what the three methods above do not do
        (COPY, for one)."""
        return Lease(self.pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Commits at the end, rolls back on an exception, except for a Problem that `commits`."""
        transaction = Transaction(self.pool)
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
        await self.pool.close()


class Transaction:
    """One transaction. It takes a connection at its first query, so none is held before that."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: asyncpg.Connection | None = None

    async def connection(self) -> asyncpg.Connection:
        """The connection, inside the transaction."""
        if self._connection is None:
            connection = await self._pool.take()
            try:
                await connection.execute("BEGIN")
            except BaseException:
                self._pool.give_back(connection, is_sound=False)
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
        wanted = "COMMIT" if commit else "ROLLBACK"
        seconds = None if commit else ANSWER_SECONDS  # None is what statements have
        done = ""
        try:
            async with unreachable_is_unavailable():
                if commit or not connection.is_closed():
                    done = await connection.execute(wanted, timeout=seconds)
        finally:
            self._pool.give_back(connection, is_sound=done == wanted)
        if commit and done != wanted:  # PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK
            raise Unavailable("The change was not saved. Try again.")
