"""The databases of one deployment, for what HTTP cannot do: begin with nothing, give the first role, and see
how far a feed has come."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")

KEPT = ["keys", "feed_epoch", "feed_cursors", "ownership"]  # a deployment's own, whatever people did
TABLES = """
    SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
    WHERE schemaname IN ('users', 'topics', 'messages') AND tablename <> ALL ($1)
      AND tablename NOT LIKE 'alembic%'
"""


class Databases:
    """Connections by name of `DATABASES[topology]`, used from tests that are not asynchronous."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._loop = asyncio.new_event_loop()
        self._connections = {name: self._wait(asyncpg.connect(url)) for name, url in urls.items()}
        self._tables = {name: self.value(name, TABLES, KEPT) for name in urls}

    def close(self) -> None:
        for connection in self._connections.values():
            self._wait(connection.close())
        self._loop.close()

    def value(self, name: str, statement: str, *arguments: object) -> Any:
        """The first column of the first row; None without rows."""
        return self._wait(self._connections[name].fetchval(statement, *arguments))

    def run(self, name: str, statements: str) -> None:
        self._wait(self._connections[name].execute(statements))

    def empty(self) -> None:
        """Forget everything that people did."""
        for name, tables in self._tables.items():
            self.run(name, f"TRUNCATE {tables}")

    def give_role(self, username: str, role: str) -> None:
        """By SQL: nobody has the role yet who could give it."""
        name = "users" if "users" in self._connections else "monolith"
        self.value(name, "UPDATE users.users SET role = $2 WHERE username = $1", username, role)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)
