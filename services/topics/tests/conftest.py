import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from topics_alone import Json, Person, Service, running

from chassis.database import Database
from chassis.migrate import migrate
from topics.main import HERE, HISTORY


@pytest.fixture(scope="session")
async def migrated(fresh_database: Callable[..., Awaitable[str]]) -> str:
    """An empty database of the service, to be copied; nobody stays connected to it."""
    url = await fresh_database()
    await asyncio.to_thread(migrate, url, [HISTORY], after=(HERE / "seam.sql").read_text())
    return url


@pytest.fixture(scope="module")
async def service(migrated: str, fresh_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Service]:
    async with running(await fresh_database(like=migrated)) as service:
        yield service


@pytest.fixture
async def database(service: Service) -> AsyncIterator[Database]:
    """What a loader is given: a pool of its own."""
    database = Database(service.url)
    yield database
    await database.close()


@pytest.fixture
def ada(service: Service) -> Person:
    return service.person()


@pytest.fixture
def bob(service: Service) -> Person:
    return service.person()


@pytest.fixture
def moderator(service: Service) -> Person:
    return service.person("moderator")


@pytest.fixture
async def topic(ada: Person) -> Json:
    """A topic of Ada's."""
    return await ada.starts_topic()
