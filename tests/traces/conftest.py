"""The split with a collector beside it, in the test's own process."""

from collections.abc import Awaitable, Callable, Iterator

import pytest
from collector import Collector
from forum_client import Forum
from running import DATABASES, Running


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    with Collector().listening() as collector:
        yield collector


@pytest.fixture(scope="session")
async def traced_databases(fresh_database: Callable[[], Awaitable[str]]) -> dict[str, str]:
    return {name: await fresh_database() for name in DATABASES["split"]}


@pytest.fixture(scope="session")
def traced(
    collector: Collector, traced_databases: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The processes of the split, which send their spans to the collector."""
    running = Running("split", traced_databases, tmp_path_factory.mktemp("traced"))
    for process in running.processes.values():
        process.environment |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            "LOG_FORMAT": "json",
        }
    with running:
        yield running


@pytest.fixture(scope="session")
def site(traced: Running) -> Iterator[Forum]:
    """The split through its router."""
    forum = Forum(traced.url, "split")
    yield forum
    forum.close()
