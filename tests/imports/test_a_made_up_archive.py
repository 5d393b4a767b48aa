"""A small archive comes into either topology by the command, and all of it is there for anyone to read."""

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from forum_client import Forum
from imports.moving import Empty, Imported, command, content, differing, exported, reachable_once

SAMPLE = Path(__file__).parents[2] / "cli" / "tests" / "samples" / "garden.mbox"


@pytest.fixture(scope="module")
async def running_split(empty: Empty) -> AsyncIterator[Imported]:
    """The split, into which the archive came while it ran."""
    with await empty("split") as running, closing(Forum(running.url)) as forum:
        said = command(running, "import", SAMPLE)
        yield Imported(running, said, content(forum))


@pytest.fixture(scope="module")
async def stopped_monolith(empty: Empty) -> AsyncIterator[Imported]:
    """The monolith, which was started after the import."""
    running = await empty("monolith")
    said = command(running, "import", SAMPLE)
    with running, closing(Forum(running.url)) as forum:
        yield Imported(running, said, content(forum))


@pytest.fixture(params=["running_split", "stopped_monolith"])
def imported(request: pytest.FixtureRequest) -> Imported:
    found: Imported = request.getfixturevalue(request.param)
    return found


def test_the_command_says_what_came_in_and_what_did_not(imported: Imported) -> None:
    words = [line.split() for line in imported.said.splitlines()]
    assert words[:3] == [
        ["users", "10", "new", "0", "already", "here"],
        ["topics", "9", "new", "0", "already", "here"],
        ["messages", "5", "new", "0", "already", "here"],
    ]
    assert "1 further copies of a Message-ID" in imported.said


def test_everything_is_reached_exactly_once_by_paging(imported: Imported) -> None:
    shown = imported.content
    assert (len(shown.users), len(shown.topics), len(shown.messages)) == (10, 9, 5)
    reachable_once(shown)


def test_both_topologies_show_the_same(running_split: Imported, stopped_monolith: Imported) -> None:
    assert differing(running_split.content, stopped_monolith.content) == []


async def test_an_export_of_the_one_comes_into_the_other_whole(
    running_split: Imported, empty: Empty, tmp_path: Path
) -> None:
    first = exported(running_split.running, tmp_path / "first")
    other = await empty("monolith")
    command(other, "import", tmp_path / "first")
    assert exported(other, tmp_path / "second") == first
