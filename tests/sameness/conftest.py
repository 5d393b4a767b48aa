"""Both topologies at once, and one history that both of them lived through."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from forum_client import Forum
from running import DATABASES, Running
from sameness.databases import Databases
from sameness.history import History, lived
from sameness.lockstep import Lockstep, Side


@pytest.fixture(scope="session")
async def deployments(
    fresh_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> list[Running]:
    """Of their own, since a list shows everything that is there."""
    folder = tmp_path_factory.mktemp("sameness")
    return [
        Running(topology, {name: await fresh_database() for name in DATABASES[topology]}, folder)
        for topology in ("monolith", "split")
    ]


@pytest.fixture(scope="session")
def both(deployments: list[Running]) -> Iterator[Lockstep]:
    with ExitStack() as stack:
        sides = []
        for running in deployments:
            stack.enter_context(running)
            forum = stack.enter_context(closing(Forum(running.url, running.topology)))
            databases = stack.enter_context(closing(Databases(running.databases)))
            sides.append(Side(running.topology, databases, forum))
        yield Lockstep(*sides)


@pytest.fixture(scope="session")
def history(both: Lockstep) -> History:
    return lived(both)
