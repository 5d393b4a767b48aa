"""The document, the people, and a table of what was sent."""

from collections import Counter
from collections.abc import Callable

import pytest
from forum_client import Forum, Json, accepted
from fuzzing.actors import ROLES, Cast

Sent = dict[tuple[str, str], Counter[tuple[str, int]]]
SENT = pytest.StashKey[Sent]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SENT] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How often each operation gave which status, by forum and role; with -v only."""
    sent = config.stash[SENT]
    if not sent or terminalreporter.verbosity < 1:
        return
    terminalreporter.section(f"cases of schemathesis, seed {config.getoption('--seed')}")
    for (forum, role), counts in sent.items():
        terminalreporter.line(f"{forum} {role}: {counts.total():,} cases", bold=True)
        for operation in sorted({operation for operation, _ in counts}):
            said = {status: number for (name, status), number in counts.items() if name == operation}
            text = "  ".join(f"{status}: {number:,}" for status, number in sorted(said.items()))
            terminalreporter.line(f"  {operation:55} {text}")
    terminalreporter.line(f"{sum(counts.total() for counts in sent.values()):,} cases in all", bold=True)


@pytest.fixture(scope="session")
def document(forum: Forum) -> Json:
    return accepted(forum.get("/openapi.json"))


@pytest.fixture(scope="session")
def cast(forum: Forum) -> Cast:
    if forum.admin is None:
        pytest.skip("needs an administrator: set FORUM_ADMIN=name:password")
    return Cast(forum)


@pytest.fixture
def share(request: pytest.FixtureRequest) -> int:
    """How many cases each role has to make in each forum."""
    forums = 2 if request.config.getoption("--topology") == "both" else 1
    cases: int = request.config.getoption("--cases")
    return -(-cases // (forums * len(ROLES)))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    chosen: int = request.config.getoption("--seed")
    return chosen


@pytest.fixture
def sent(request: pytest.FixtureRequest) -> Sent:
    """By forum and role: how often which operation gave which status."""
    return request.config.stash[SENT]


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Write a line while the test runs; with -v only."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    reporter = request.config.pluginmanager.getplugin("terminalreporter")

    def line(text: str) -> None:
        if reporter.verbosity > 0:
            with capture.global_and_fixture_disabled():
                reporter.write_line(text)

    return line
