"""`forum databases`: what a PostgreSQL server that others run needs before the first migration."""

import asyncio
import os
from collections.abc import Mapping

import asyncpg
import typer

from forum.errors import Refused
from forum.hosting.installation import DATABASES, Installation
from forum.hosting.roles import ensure_databases

NAMES = [name for databases in DATABASES.values() for name in databases.values()]
CONNECT_SECONDS = 60  # a server that has paused takes half a minute to resume


def databases() -> None:
    """Make the databases and their roles on a PostgreSQL server, for the split and for the monolith.

    The administrator comes from ADMINISTRATOR_URL, or from PGHOST, PGUSER and PGPASSWORD; the roles'
    passwords from USERS_PASSWORD, TOPICS_PASSWORD, MESSAGES_PASSWORD and FORUM_PASSWORD. What is there
    stays, and gets the password given now.
    """
    installation = Installation(os.environ)
    passwords = {name: installation.given(f"{name.upper()}_PASSWORD") for name in NAMES}
    missing = [f"{name.upper()}_PASSWORD" for name, password in passwords.items() if not password]
    if missing:
        raise Refused(f"{' and '.join(missing)} must be set: each role has a password of its own")
    administrator = installation.given("ADMINISTRATOR_URL") or "postgresql:///postgres"
    asyncio.run(make(administrator, passwords))
    typer.echo(f"The databases {', '.join(NAMES)} are there, each with a role of its name.")


async def make(administrator: str, passwords: Mapping[str, str | None]) -> None:
    """Makes what is missing, as the administrator whose URL is given. Raises Refused."""
    try:
        connection = await asyncpg.connect(administrator, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Refused(f"the server does not let the administrator in: {in_a_line(error)}") from error
    try:
        await ensure_databases(connection, passwords)
    except asyncpg.PostgresError as error:
        needs = "the administrator needs CREATEROLE and CREATEDB"
        raise Refused(f"the server refuses: {in_a_line(error)}; {needs}") from error
    finally:
        await connection.close()


def in_a_line(error: Exception) -> str:
    """What went wrong, without PostgreSQL's details."""
    return str(error).partition("\n")[0] or "no answer came in time"
