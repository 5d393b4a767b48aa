"""A small archive comes into either topology by the command, and all of it is there for anyone to read."""

from contextlib import closing
from pathlib import Path

import pytest
from forum_client import Forum
from imports.moving import command, content, differing, exported, reachable_once

SAMPLE = Path(__file__).parents[2] / "cli" / "tests" / "samples" / "garden.mbox"


@pytest.fixture(scope="module")
async def running_split(empty):
    """The split, into which the archive came while it ran; what the command said."""
    with await empty("split") as running, closing(Forum(running.url)) as forum:
        yield running, forum, command(running, "import", SAMPLE)


@pytest.fixture(scope="module")
async def stopped_monolith(empty):
    """The monolith, which was started after the import."""
    running = await empty("monolith")
    said = command(running, "import", SAMPLE)
    with running, closing(Forum(running.url)) as forum:
        yield running, forum, said


@pytest.fixture(params=["running_split", "stopped_monolith"])
def imported(request):
    return request.getfixturevalue(request.param)


def test_the_command_says_what_came_in_and_what_did_not(imported):
    _, _, said = imported
    words = [line.split() for line in said.splitlines()]
    assert words[:3] == [
        ["users", "10", "new", "0", "already", "here"],
        ["topics", "9", "new", "0", "already", "here"],
        ["messages", "5", "new", "0", "already", "here"],
    ]
    assert "1 further copies of a Message-ID" in said


def test_everything_is_reached_exactly_once_by_paging(imported):
    _, forum, _ = imported
    shown = content(forum)
    assert (len(shown.users), len(shown.topics), len(shown.messages)) == (10, 9, 5)
    reachable_once(shown)


def test_both_topologies_show_the_same(running_split, stopped_monolith):
    assert differing(content(running_split[1]), content(stopped_monolith[1])) == []


async def test_an_export_of_the_one_comes_into_the_other_whole(running_split, empty, tmp_path):
    first = exported(running_split[0], tmp_path / "first")
    other = await empty("monolith")
    command(other, "import", tmp_path / "first")
    assert exported(other, tmp_path / "second") == first
