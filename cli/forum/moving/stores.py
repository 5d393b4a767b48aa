"""The databases of a forum's three parts, and what an import asks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Database, sql

USERS_BY_IDENTITY = sql("""
    SELECT id, coalesce(email, external_id) AS key FROM users.users
    WHERE email = ANY(CAST(:keys AS text[])) OR external_id = ANY(CAST(:keys AS text[]))
""")
NAMES_TAKEN = sql("SELECT reserved_name FROM users.users WHERE reserved_name = ANY(CAST(:names AS text[]))")
USERS_THERE = sql("SELECT id FROM users.users WHERE id = ANY(CAST(:ids AS uuid[]))")
TOPICS_THERE = sql("SELECT id FROM topics.topics WHERE id = ANY(CAST(:ids AS uuid[]))")


@dataclass(frozen=True, slots=True)
class Stores:
    """One database each in the split; the same one three times in the monolith."""

    users: Database
    topics: Database
    messages: Database

    async def user_ids(self, keys: Sequence[str]) -> dict[str, UUID]:
        """The ids of those users whose address or external id is among the keys."""
        rows = await self.users.all(USERS_BY_IDENTITY, keys=keys)
        return {row["key"]: row["id"] for row in rows}

    async def names_taken(self, names: Sequence[str]) -> set[str]:
        """Which of the names (lower case) somebody has, or had."""
        return {row["reserved_name"] for row in await self.users.all(NAMES_TAKEN, names=names)}

    async def users_there(self, ids: Sequence[UUID]) -> set[UUID]:
        return {row["id"] for row in await self.users.all(USERS_THERE, ids=ids)}

    async def topics_there(self, ids: Sequence[UUID]) -> set[UUID]:
        return {row["id"] for row in await self.topics.all(TOPICS_THERE, ids=ids)}

    async def close(self) -> None:
        for database in {id(store): store for store in (self.users, self.topics, self.messages)}.values():
            await database.close()
