"""The databases of a forum and the roles that own them, on any PostgreSQL server."""

from collections.abc import Mapping

import asyncpg

LOCK = 7_465_811_204  # any number, the same for all who make databases

ROLE = "SELECT format('CREATE ROLE %I', $1::text) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
LOGIN = "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)"
# The administrator of a managed server is no superuser, and gives databases only to roles it may act as.
ACT_AS = """
    SELECT format('GRANT %I TO CURRENT_USER', $1::text)
    WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
"""
DATABASE = """
    SELECT format('CREATE DATABASE %I OWNER %I', $1::text, $1)
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)
"""
# Of the server's own databases those that the administrator owns: a managed server keeps some for itself.
CLOSE = """
    SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database
    WHERE datname = ANY($1::text[])
        OR datname IN ('postgres', 'template1') AND pg_has_role(datdba, 'MEMBER')
"""


async def ensure_databases(administrator: asyncpg.Connection, passwords: Mapping[str, str | None]) -> None:
    """A database by each name, owned by the role of that name and password, which can connect to no other.

    What is there stays; passwords are set anew. Whoever does the same meanwhile waits. PostgresError.
    """
    await administrator.execute("SELECT pg_advisory_lock($1)", LOCK)
    try:
        for name, password in passwords.items():
            await _run(administrator, ROLE, name)
            await _run(administrator, ACT_AS, name)
            await _run(administrator, LOGIN, name, password)
            await _run(administrator, DATABASE, name)
        await _run(administrator, CLOSE, list(passwords))
    finally:
        await administrator.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _run(administrator: asyncpg.Connection, question: str, *values: object) -> None:
    """Runs the statements that `question` answers: values are quoted by the server, as these take none."""
    for (statement,) in await administrator.fetch(question, *values):
        await administrator.execute(statement)
