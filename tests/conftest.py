"""The forum as a fixture: `--topology monolith|split|both`, or FORUM_URL for one that runs already.

With FORUM_URL, FORUM_ADMIN=name:password names an administrator; without one, tests that need more than
members are skipped. The tests leave their accounts and texts behind, but no role.
"""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from forum_client import PASSWORD, Forum
from mixture import SERVICES, Mixture, named
from running import DATABASES, Running

FreshDatabase = Callable[[], Awaitable[str]]
MIXTURES = {
    "none": [],
    "two": [{"topics"}, {"users", "messages"}],  # each relation between two crosses the border once each way
    "all": [
        {name for place, name in enumerate(SERVICES) if number & 1 << place}
        for number in range(2 ** len(SERVICES))
    ],
}
TOPOLOGIES = {"monolith": ["monolith"], "split": ["split"], "both": ["monolith", "split"]}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--topology",
        choices=list(TOPOLOGIES),
        default="both",
        help="which deployments the contract is tested on",
    )
    parser.addoption(
        "--mixtures",
        choices=["none", "two", "all"],
        default="two",
        help="in which mixtures of monolith and services the contract is tested besides",
    )
    parser.addoption("--cases", type=int, default=200, help="how many requests schemathesis makes, at least")
    parser.addoption("--seed", type=int, default=1, help="what random requests are made from")
    parser.addoption("--kills", type=int, default=3, help="how many kills each test of lost writes makes")
    parser.addoption(
        "--contract", choices=["some", "all"], default="some", help="through the load balancer of an emulator"
    )
    parser.addoption("--faults", choices=["one", "all"], default="one", help="at each AWS call")
    parser.addoption("--steps", type=int, default=500, help="how many steps of random histories, at least")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "forum" in metafunc.fixturenames:
        url = os.environ.get("FORUM_URL")
        where = [url] if url else TOPOLOGIES[metafunc.config.getoption("topology")]
        if not url and "contract" in metafunc.definition.path.parts:
            where = [*where, *map(named, MIXTURES[metafunc.config.getoption("mixtures")])]
        if only := metafunc.definition.get_closest_marker("only_on"):
            where = [name for name in where if name in only.args]
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
async def mixture(
    fresh_database: FreshDatabase, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Mixture:
    databases = {name: await fresh_database() for name in DATABASES["mixture"]}
    return Mixture(databases, postgres, tmp_path_factory.mktemp("mixture"))


@pytest.fixture(scope="session")
def mixed(mixture: Mixture) -> Iterator[tuple[Mixture, Forum]]:
    """A forum with every service copied, and an administrator."""
    with mixture, closing(Forum(mixture.url)) as client:
        client.admin = (client.register("admin").username, PASSWORD)
        mixture.make_admin(client.admin[0])
        mixture.copy()
        yield mixture, client


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
    if where.startswith("mixture:"):
        mixture, client = request.getfixturevalue("mixed")
        mixture.become(set(where.removeprefix("mixture:").split("+")) & set(SERVICES))
        client.name = where
        yield client
        return
    with closing(Forum(where)) as client:
        client.admin = administrator_of(client)
        yield client


def administrator_of(forum: Forum) -> tuple[str, str] | None:
    """Name and password of the one whom FORUM_ADMIN names. Where nobody answers, or the administrator is
    none, it is said once instead of by every test."""
    try:
        forum.get("/.well-known/jwks.json")
    except httpx.TransportError as error:
        pytest.exit(f"no forum answers at FORUM_URL={forum.url}: {error}", returncode=2)
    given = os.environ.get("FORUM_ADMIN")
    if not given:
        return None
    name, _, password = given.partition(":")
    answer = forum.request("POST", "/api/sessions", json={"username": name, "password": password})
    if answer.status_code != 201 or answer.json()["user"]["role"] != "admin":
        pytest.exit(f"FORUM_ADMIN names no administrator: {name} is answered {answer.text}", returncode=2)
    return name, password
