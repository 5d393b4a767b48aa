"""Both topologies at once, and one history that both of them lived through."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from traceback import format_exc

import pytest
from forum_client import Forum
from running import DATABASES, Running
from sameness import accounts, edges, moderating, texts
from sameness.lockstep import Lockstep, Side

CHAPTERS = [chapter for part in (accounts, moderating, texts, edges) for chapter in part.CHAPTERS]


@dataclass
class History:
    """What each chapter showed: reports of steps that differ; and all that was asked."""

    different: dict[str, list[str]] = field(default_factory=dict)
    seen: list[tuple[str, str, str]] = field(default_factory=list)


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
            sides.append(Side(running.topology, running, forum))
        yield Lockstep(*sides)


@pytest.fixture(scope="session")
def history(both: Lockstep) -> History:
    """All chapters, one after the other on the same two forums; one that breaks off does not end it."""
    lived = History()
    for chapter in CHAPTERS:
        both.different = []
        try:
            chapter(both)
        except Exception:
            both.different.append(f"breaks off: {format_exc(limit=-3)}")
        lived.different[chapter.__name__] = both.different
    lived.seen = both.seen
    return lived
