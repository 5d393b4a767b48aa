"""Empty forums to import into, in both topologies, without their processes."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from empty_forum import EmptyForum, OpenForum
from two_sides import OpenAll, OpenSides, administered, two_sides

from chassis.database import Database
from forum.cutover.sides import Pair
from forum.hosting.installation import DATABASES, Installation
from forum.moving.stores import Stores
from forum.transfer import STATEMENT_SECONDS

FreshDatabase = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session", params=DATABASES)
async def migrated(
    request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """URLs of migrated databases by the name of their setting; to be copied."""
    names = {app: f"{name.upper()}_DATABASE_URL" for app, name in DATABASES[request.param].items()}
    urls = {name: await fresh_database() for name in names.values()}
    settings = {"DATA_DIR": str(tmp_path_factory.mktemp("keys")), "TOPOLOGY": request.param}
    await Installation({**os.environ, **urls, **settings}).run_each("migrate")
    return urls


@pytest.fixture
def empty_forum(
    migrated: dict[str, str], fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> OpenForum:
    """`async with empty_forum() as forum`: another one at each call."""

    @asynccontextmanager
    async def make() -> AsyncIterator[EmptyForum]:
        urls = {name: await fresh_database(like=url) for name, url in migrated.items()}
        topology = "monolith" if len(urls) == 1 else "split"
        opened = [Database(url, pool_size=2, statement_seconds=STATEMENT_SECONDS) for url in urls.values()]
        stores = Stores(*(opened * 3)[:3])
        try:
            settings = {"DATA_DIR": str(tmp_path_factory.mktemp("nothing")), "TOPOLOGY": topology}
            yield EmptyForum(stores, {**os.environ, **urls, **settings})
        finally:
            await stores.close()

    return make


@pytest.fixture(scope="session")
async def both_migrated(
    fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """URLs of migrated databases, of the monolith and each service; to be copied."""
    found: dict[str, str] = {}
    for topology, databases in DATABASES.items():
        urls = {name: await fresh_database() for name in databases.values()}
        settings = {"DATA_DIR": str(tmp_path_factory.mktemp("keys")), "TOPOLOGY": topology}
        given = {f"{name.upper()}_DATABASE_URL": url for name, url in urls.items()}
        await Installation({**os.environ, **given, **settings}).run_each("migrate")
        found |= urls
    return found


@pytest.fixture
def all_sides(both_migrated: dict[str, str], fresh_database: FreshDatabase, postgres: str) -> OpenAll:
    """`async with all_sides() as pairs`: both sides of each service, new and empty, one at a time."""

    @asynccontextmanager
    async def make() -> AsyncIterator[dict[str, Pair]]:
        urls = {
            name: administered(await fresh_database(like=url), postgres)
            for name, url in both_migrated.items()
        }
        async with two_sides(urls.pop("forum"), urls) as pairs:
            yield pairs

    return make


@pytest.fixture
def sides(all_sides: OpenAll) -> OpenSides:
    """`async with sides("users") as pair`: both sides of one service."""

    @asynccontextmanager
    async def make(service: str) -> AsyncIterator[Pair]:
        async with all_sides() as pairs:
            yield pairs[service]

    return make
