"""The forum as a fixture: `--topology monolith|split|both`, or FORUM_URL for one that runs already.

With FORUM_URL, FORUM_ADMIN=name:password names somebody with the role; without it tests of roles are skipped.
"""

import os
from collections.abc import Awaitable, Callable, Iterator

import pytest
from forum_client import PASSWORD, Forum
from running import DATABASES, Running

RunForum = Callable[[str], Running]

TOPOLOGIES = {"monolith": ["monolith"], "split": ["split"], "both": ["monolith", "split"]}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--topology",
        choices=list(TOPOLOGIES),
        default="both",
        help="which deployments the contract is tested on",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "forum" in metafunc.fixturenames:
        url = os.environ.get("FORUM_URL")
        where = [url] if url else TOPOLOGIES[metafunc.config.getoption("topology")]
        metafunc.parametrize("forum", where, indirect=True, scope="session")


@pytest.fixture(scope="session")
async def run_forum(
    fresh_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> RunForum:
    """`run_forum(topology)` is a forum on databases of its own, to be entered. Each topology only once."""
    databases = {
        topology: {name: await fresh_database() for name in names} for topology, names in DATABASES.items()
    }
    return lambda topology: Running(topology, databases[topology], tmp_path_factory.mktemp(topology))


@pytest.fixture(scope="session")
def forum(request: pytest.FixtureRequest) -> Iterator[Forum]:
    """One forum for the whole session and topology."""
    where: str = request.param
    if where.startswith("http"):
        client = Forum(where)
        if admin := os.environ.get("FORUM_ADMIN"):
            name, _, password = admin.partition(":")
            client.admin = (name, password)
        yield client
        client.close()
        return
    run: RunForum = request.getfixturevalue("run_forum")
    with run(where) as running:
        client = Forum(running.url, where)
        client.admin = (client.register("admin").username, PASSWORD)
        running.make_admin(client.admin[0])
        yield client
        client.close()
