"""Accounts in bulk, for imports: COPY into a temporary table, then into ours, whatever is new."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.database import Database
from users.names import reserved


class Record(NamedTuple):
    """An account as it comes from elsewhere. `reserved_name` is what a deleted account still holds."""

    id: UUID
    username: str
    display_name: str
    bio: str
    role: str
    state: str
    email: str | None
    external_id: str | None
    password_hash: str | None
    created_at: datetime
    reserved_name: str | None = None


TEMPORARY = """
    CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS
    SELECT id, username, display_name, bio, role, state, email, external_id, password_hash, created_at,
        reserved_name
    FROM users.users WITH NO DATA
"""
# A name that somebody here has already gets the end of the id, so that no text is left without an author.
TAKE_OVER = """
    WITH named AS (
        SELECT arriving.*, taken.id IS NOT NULL AND taken.id <> arriving.id AS is_taken,
            '-' || right(arriving.id::text, 6) AS suffix
        FROM arriving LEFT JOIN users.users AS taken USING (reserved_name)
    ), added AS (
        INSERT INTO users.users (id, username, reserved_name, display_name, bio, role, state, email,
            external_id, password_hash, created_at)
        SELECT id,
            CASE WHEN is_taken AND state <> 'deleted' THEN left(username, 23) || suffix ELSE username END,
            CASE WHEN is_taken THEN left(reserved_name, 23) || suffix ELSE reserved_name END,
            display_name, bio, role, state, email, external_id, password_hash, created_at
        FROM named
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT count(*) FROM added
"""


async def load(database: Database, records: Sequence[Record]) -> int:
    """How many were new. Who is here already, by id, email or external id, stays as is."""
    async with database.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = '5min'")
        await connection.execute(TEMPORARY)
        await connection.copy_records_to_table(
            "arriving", records=[record._replace(reserved_name=_reserved(record)) for record in records]
        )
        added: int = await connection.fetchval(TAKE_OVER)
        return added


def _reserved(record: Record) -> str:
    if record.reserved_name is not None:
        return record.reserved_name
    if record.state == "deleted":  # no username is like this: it takes none away
        return f"deleted:{record.id}"
    return reserved(record.username)
