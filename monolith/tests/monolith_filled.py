"""A monolith's database: how it is migrated, and what the tests fill it with."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import messages.loader
import topics.loader
import users.loader
from chassis.database import Database
from chassis.migrate import migrate
from monolith.__main__ import HERE, SERVICES

PEOPLE, TOPICS, REPLIES = 2000, 500, 3  # so many, and replies to each topic
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def brought_up_to_date(url: str) -> None:
    """As `python -m monolith migrate` does."""
    migrate(
        url,
        [service.HISTORY for service in SERVICES],
        before=(HERE / "unseam.sql").read_text(),
        after=(HERE / "seam.sql").read_text(),
    )


def identity(kind: int, number: int) -> UUID:
    """1 is of people, 2 of topics, 3 of messages."""
    return UUID(int=kind << 64 | number)


async def fill(database: Database) -> None:
    """User n began topic n; the last users, backwards, each replied to one topic."""
    people = [
        users.loader.Record(
            identity(1, n), f"User{n}", f"User {n}", "", "member", "active", None, None, None, BEGINNING
        )
        for n in range(PEOPLE)
    ]
    begun = [
        topics.loader.Record(
            identity(2, n), identity(1, n), f"Topic {n}", "text", "text", [], False, "open", BEGINNING, None
        )
        for n in range(TOPICS)
    ]
    replies = [
        messages.loader.Record(
            identity(3, topic * REPLIES + n),
            *(identity(2, topic), identity(1, PEOPLE - 1 - topic), "text", "text", None),
            *(BEGINNING + timedelta(minutes=n + 1), None, False),
        )
        for topic in range(TOPICS)
        for n in range(REPLIES)
    ]
    await users.loader.load(database, people)
    await topics.loader.load(database, begun)
    await messages.loader.load(database, replies)
