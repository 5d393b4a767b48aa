"""A split that tests may break: whatever a test has killed is started again after it."""

from collections.abc import Awaitable, Callable, Iterator

import pytest
from forum_client import PASSWORD, Forum, Person
from running import DATABASES, Running


@pytest.fixture(scope="session")
async def databases(fresh_database: Callable[[], Awaitable[str]]) -> dict[str, str]:
    return {name: await fresh_database() for name in DATABASES["split"]}


@pytest.fixture(scope="session")
def breakable(databases: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running("split", databases, tmp_path_factory.mktemp("breakable")) as running:
        yield running


@pytest.fixture(scope="session")
def site(breakable: Running) -> Iterator[Forum]:
    """The split through its router."""
    forum = Forum(breakable.url, "split")
    forum.admin = (forum.register("admin").username, PASSWORD)
    breakable.make_admin(forum.admin[0])
    yield forum
    forum.close()


@pytest.fixture
def processes(breakable: Running) -> Iterator[Running]:
    """The processes of the split, all of which run when the test begins."""
    yield breakable
    breakable.start_what_is_down()


@pytest.fixture
def ada(site: Forum) -> Person:
    return site.register("ada")
