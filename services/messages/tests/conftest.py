import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fastapi import FastAPI
from messages_alone import Peers, Service, listening

from chassis.migrate import migrate
from messages.main import HERE, HISTORY, create_app


@pytest.fixture(scope="session")
async def messages_template(fresh_database: Callable[..., Awaitable[str]]) -> str:
    """A migrated database that nobody uses, to copy."""
    url = await fresh_database()
    await asyncio.to_thread(migrate, url, [HISTORY], after=(HERE / "seam.sql").read_text())
    return url


@pytest.fixture(scope="session")
async def service(
    fresh_database: Callable[..., Awaitable[str]], messages_template: str
) -> AsyncIterator[Service]:
    """One for all tests: each makes its own people and topics."""
    url = await fresh_database(like=messages_template)
    async for service in Service(url, Peers(), 10).run():
        yield service


@pytest.fixture
async def own_service(
    fresh_database: Callable[..., Awaitable[str]], messages_template: str
) -> AsyncIterator[Service]:
    """For a test that looks at everything there is, or at a pool of one connection."""
    url = await fresh_database(like=messages_template)
    async for service in Service(url, Peers(), 1).run():
        yield service


@pytest.fixture
async def on_a_socket(service: Service) -> AsyncIterator[tuple[str, FastAPI]]:
    """Another process's worth of the service, on a real port: its URL, and its application."""
    app = create_app(service.settings, transport=service.peers.transport)
    async with listening(app, service.settings) as url:
        yield url, app
