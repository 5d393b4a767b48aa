"""Consumers and providers, each on a database of its own; no report to the makers of the library."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from monolith_filled import brought_up_to_date
from pacts.consumers import Consumer
from pacts.expectations import FEEDS
from pacts.followed import Feed

import messages.main
import topics.main
import users.main
from chassis.migrate import migrate

os.environ["PACT_DO_NOT_TRACK"] = "true"

FreshDatabase = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
async def migrated(fresh_database: FreshDatabase) -> dict[str, str]:
    """An empty database of each application, to be copied."""
    made = {}
    for service in (users.main, topics.main, messages.main):
        seam = service.HISTORY.folder.with_name("seam.sql")
        made[service.HISTORY.schema] = url = await fresh_database()
        after = seam.read_text() if seam.exists() else ""
        await asyncio.to_thread(migrate, url, [service.HISTORY], after=after)
    made["monolith"] = await fresh_database()
    await asyncio.to_thread(brought_up_to_date, made["monolith"])
    return made


@pytest.fixture(scope="session")
async def consumers(
    migrated: dict[str, str], fresh_database: FreshDatabase
) -> AsyncIterator[dict[str, Consumer]]:
    """The services that follow others."""
    made = {
        name: Consumer(name, await fresh_database(like=migrated[name])) for name in ("topics", "messages")
    }
    yield made
    for consumer in made.values():
        await consumer.database.pool.close()


@pytest.fixture(params=FEEDS, ids=str)
def feed(request: pytest.FixtureRequest) -> Feed:
    """Every feed that is followed."""
    followed: Feed = request.param
    return followed


@pytest.fixture
def consumer(feed: Feed, consumers: dict[str, Consumer]) -> Consumer:
    """Who follows it."""
    return consumers[feed.consumer]
