"""Forums that nobody writes in: what they show was imported."""

from collections.abc import Awaitable, Callable

import pytest
from imports.moving import Empty
from running import DATABASES, Running


@pytest.fixture(scope="session")
def empty(fresh_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory) -> Empty:
    """`await empty("split")`: a forum with schemas and nothing in them; nothing of it runs."""

    async def make(topology: str) -> Running:
        databases = {name: await fresh_database() for name in DATABASES[topology]}
        running = Running(topology, databases, tmp_path_factory.mktemp("imported"))
        running.migrate()
        return running

    return make
