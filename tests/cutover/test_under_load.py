"""All services go to their own databases, come back, and go again, while people live in the forum."""

import logging
import statistics
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from forum_client import PASSWORD, Forum, eventually
from forum_client.life import Life
from imports.moving import command
from mixture import SERVICES, Mixture
from running import DATABASES, Running

log = logging.getLogger(__name__)

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "dev" / "linux-mips-1996-2000.mbox.gz"
MADE_UP = Path(__file__).parents[2] / "cli" / "tests" / "samples" / "garden.mbox"
ARCHIVE = REAL if REAL.exists() else MADE_UP
AGAIN = [*SERVICES, *reversed(SERVICES), *SERVICES]
BETWEEN = 60  # doings between two moves


@pytest.fixture
async def mixture(fresh_database: Callable[[], Awaitable[str]], postgres: str, tmp_path: Path) -> Mixture:
    return Mixture({name: await fresh_database() for name in DATABASES["mixture"]}, postgres, tmp_path)


def test_nobody_who_lives_in_a_forum_notices_that_it_moves(mixture: Mixture, tmp_path: Path) -> None:
    with mixture, closing(Forum(mixture.url)) as forum:
        moderator = forum.register("moderator")
        mixture.make_admin(moderator.username)
        moderator = forum.log_in(moderator.username, PASSWORD)
        bring(ARCHIVE, mixture.databases["monolith"], tmp_path)
        with Life(forum, moderator) as life:
            mixture.copy()
            for name in AGAIN:
                await_doings(life)
                mixture.move(name)
                mixture.compare()
                assert not life.failures, life.failures[:5]
            await_doings(life)
        life.check()
        mixture.compare()
        log.info(
            "%d doings, the longest %.0f ms; fences of %s ms, median %.0f",
            life.done,
            life.longest * 1000,
            ", ".join(f"{fence * 1000:.0f}" for fence in mixture.fences),
            statistics.median(mixture.fences) * 1000,
        )
        assert max(mixture.fences) < 3


def bring(archive: Path, database: str, folder: Path) -> None:
    """Into the monolith, beside which no service has anything yet."""
    log.info("%s", command(Running("monolith", {"monolith": database}, folder), "import", archive))


def await_doings(life: Life) -> None:
    """Life has gone on for a while."""
    enough = life.done + BETWEEN

    def reached() -> None:
        assert life.done >= enough

    eventually(reached, within=60)
