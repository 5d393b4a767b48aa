import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from users_alone import Person, Service, running

from chassis.migrate import migrate
from users.main import HISTORY


@pytest.fixture(scope="session")
async def users_migrated(fresh_database: Callable[..., Awaitable[str]]) -> str:
    """An empty database of the service, to be copied; nobody stays connected to it."""
    url = await fresh_database()
    await asyncio.to_thread(migrate, url, [HISTORY])
    return url


@pytest.fixture(scope="session")
async def service(
    users_migrated: str, fresh_database: Callable[..., Awaitable[str]]
) -> AsyncIterator[Service]:
    """One for all tests: each makes its own people."""
    async with running(await fresh_database(like=users_migrated)) as service:
        yield service


@pytest.fixture
async def own_service(
    users_migrated: str, fresh_database: Callable[..., Awaitable[str]]
) -> AsyncIterator[Service]:
    """For a test that looks at everything there is."""
    async with running(await fresh_database(like=users_migrated)) as service:
        yield service


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person()


@pytest.fixture
async def bob(service: Service) -> Person:
    return await service.person()


@pytest.fixture(scope="session")
async def moderator(service: Service) -> Person:
    return await service.moderator()


@pytest.fixture(scope="session")
async def admin(service: Service) -> Person:
    return await service.admin()
