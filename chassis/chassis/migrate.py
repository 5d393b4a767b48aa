"""Migrations: a one-off step under a lock, never at an application's start.

A service's history (Alembic, its version table in its own schema) makes its own tables; the seam
relations are the composition's, as idempotent SQL: tables kept by feeds in the split, views in the
monolith.
"""

import asyncio
import logging
from collections.abc import Sequence

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from chassis.program import History

LOCK = 7_465_811_203  # any number, the same for all who migrate

log = logging.getLogger(__name__)


def migrate(database_url: str, histories: Sequence[History], *, before: str = "", after: str = "") -> None:
    """Brings a database up to date: `before` (SQL), each history to its head, `after` (SQL), in one
    transaction, under a lock that a second migration waits for."""
    asyncio.run(_migrate(database_url, histories, before, after))


async def _migrate(database_url: str, histories: Sequence[History], before: str, after: str) -> None:
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(_run, histories, before, after)
    finally:
        await engine.dispose()


def _run(connection: Connection, histories: Sequence[History], before: str, after: str) -> None:
    run_script(connection, before)
    for history in histories:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {history.schema}"))
        config = Config(attributes={"connection": connection, "schema": history.schema})
        config.set_main_option("script_location", str(history.folder))
        command.upgrade(config, "head")
        log.info("schema %s is up to date", history.schema)
    run_script(connection, after)


def run_script(connection: Connection, script: str) -> None:
    """Runs several statements of plain SQL, as they stand, in the connection's transaction."""
    if not script.strip():  # asyncpg fails on an answer to nothing
        return
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101
    await_only(driver.execute(script))


def run_environment() -> None:
    """What a history's `env.py` calls: its revisions run in the connection of `migrate`."""
    attributes = context.config.attributes
    context.configure(connection=attributes["connection"], version_table_schema=attributes["schema"])
    with context.begin_transaction():
        context.run_migrations()
