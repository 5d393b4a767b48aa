"""Bringing accounts in by the thousand: COPY, then insert what is not there yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.database import Database, sql, unreachable_is_unavailable
from users.names import DELETED, reserved


class Record(NamedTuple):
    """An account to bring in. `reserved_name` is what a deleted account still holds."""

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


async def load(database: Database, records: Sequence[Record]) -> int:
    """How many of them were new; who is here already, by id, email or external id, stays as is. One
    transaction. A name that is taken gets the end of the id, so that no text is left without an author."""
    named = [record._replace(reserved_name=_reserved(record)) for record in records]
    async with database.transaction() as transaction:
        await transaction.run(_INCOMING)
        async with unreachable_is_unavailable():
            connection = await transaction.connection()
            await connection.copy_records_to_table("incoming", records=named, columns=Record._fields)
        added = await transaction.one(_ADD)
    return added["users"] if added else 0


def _reserved(record: Record) -> str:
    if record.reserved_name is not None:
        return record.reserved_name
    if record.state == "deleted":  # no username is like this: it takes none away
        return f"deleted:{record.id}"
    return reserved(record.username)


_INCOMING = sql("""
    CREATE TEMPORARY TABLE incoming (
        id uuid, username text, display_name text, bio text, role text, state text, email text,
        external_id text, password_hash text, created_at timestamptz, reserved_name text COLLATE "C"
    ) ON COMMIT DROP
""")
_ADD = sql(f"""
    WITH named AS (
        SELECT incoming.*, '-' || right(incoming.id::text, 6) AS suffix,
            reserved_name = '{DELETED}' OR taken.id <> incoming.id
                OR row_number() OVER (PARTITION BY reserved_name ORDER BY incoming.id) > 1 AS is_taken
        FROM incoming LEFT JOIN users.users AS taken USING (reserved_name)
    ), added AS (
        INSERT INTO users.users
            (id, username, reserved_name, display_name, bio, role, state, email, external_id, password_hash,
             created_at)
        SELECT id,
            CASE WHEN is_taken AND state <> 'deleted' THEN left(username, 23) || suffix ELSE username END,
            CASE WHEN is_taken THEN left(reserved_name, 23) || suffix ELSE reserved_name END,
            display_name, bio, role, state, email, external_id, password_hash, created_at
        FROM named
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT count(*) AS users FROM added
""")
