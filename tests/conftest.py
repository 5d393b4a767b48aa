"""The forum as a fixture: `--topology monolith|split|both`, or FORUM_URL for one that runs already.

With FORUM_URL, FORUM_ADMIN=name:password names somebody with the role; without it tests of roles are skipped.
"""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from forum_client import PASSWORD, Forum
from running import DATABASES, Running

FreshDatabase = Callable[[], Awaitable[str]]
TOPOLOGIES = {"monolith": ["monolith"], "split": ["split"], "both": ["monolith", "split"]}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--topology",
        choices=list(TOPOLOGIES),
        default="both",
        help="which deployments the contract is tested on",
    )
    parser.addoption("--cases", type=int, default=200, help="how many requests schemathesis makes, at least")
    parser.addoption("--seed", type=int, default=1, help="what random requests are made from")
    parser.addoption("--kills", type=int, default=3, help="how many kills each test of lost writes makes")
    parser.addoption("--steps", type=int, default=500, help="how many steps of random histories, at least")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "forum" in metafunc.fixturenames:
        url = os.environ.get("FORUM_URL")
        where = [url] if url else TOPOLOGIES[metafunc.config.getoption("topology")]
        metafunc.parametrize("forum", where, indirect=True, scope="session")


async def deployment(topology: str, fresh_database: FreshDatabase, folder: Path) -> Running:
    """A forum on empty databases of its own, to be entered."""
    return Running(topology, {name: await fresh_database() for name in DATABASES[topology]}, folder)


@pytest.fixture(scope="session")
async def monolith(fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Running:
    return await deployment("monolith", fresh_database, tmp_path_factory.mktemp("monolith"))


@pytest.fixture(scope="session")
async def split(fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Running:
    return await deployment("split", fresh_database, tmp_path_factory.mktemp("split"))


@pytest.fixture(scope="session")
def forum(request: pytest.FixtureRequest) -> Iterator[Forum]:
    """One forum for the whole session and topology."""
    where: str = request.param
    if where in DATABASES:
        running: Running = request.getfixturevalue(where)
        with running, closing(Forum(running.url, where)) as client:
            client.admin = (client.register("admin").username, PASSWORD)
            running.make_admin(client.admin[0])
            yield client
        return
    with closing(Forum(where)) as client:
        if admin := os.environ.get("FORUM_ADMIN"):
            name, _, password = admin.partition(":")
            client.admin = (name, password)
        yield client
