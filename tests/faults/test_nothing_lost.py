"""Processes are killed while people write: what was acknowledged is there exactly once."""

import itertools
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest
from forum_client import Forum, eventually, unique
from forum_client.load import Load
from running import DATABASES, Running
from supervised import Supervised

WRITERS = 4
BETWEEN = 25  # acknowledged writes between two kills: the load must be running when the next one falls
VICTIMS = {
    "split": ["messages", "topics", "router", "users", "web"],
    "monolith": ["monolith", "router"],
}
SUPERVISED = {
    "split": ["PostgreSQL", "supervisor", "messages", "topics"],
    "monolith": ["PostgreSQL", "supervisor", "monolith", "router"],
}


@pytest.fixture(params=list(VICTIMS))
async def running(
    request: pytest.FixtureRequest, fresh_database: Callable[[], Awaitable[str]], tmp_path: Path
) -> Running:
    """A deployment on databases of its own, not yet started."""
    databases = {name: await fresh_database() for name in DATABASES[request.param]}
    return Running(request.param, databases, tmp_path)


def test_no_acknowledged_write_is_lost_or_doubled_when_processes_are_killed(
    running: Running, request: pytest.FixtureRequest
) -> None:
    def kill_and_start(victim: str) -> None:
        running.kill(victim)
        running.start(victim)

    with running:
        victims = itertools.cycle(VICTIMS[running.topology])
        write_through(
            running.url, itertools.islice(victims, request.config.getoption("--kills")), kill_and_start
        )


@pytest.mark.parametrize("topology", list(SUPERVISED))
def test_nor_when_the_supervisor_and_postgresql_are_killed(
    topology: str, request: pytest.FixtureRequest, open_folder: Path
) -> None:
    folder = open_folder / f"supervised-{topology}"
    folder.mkdir(mode=0o711)
    with Supervised(topology, folder) as supervised:
        victims = itertools.cycle(SUPERVISED[topology])
        write_through(
            supervised.url, itertools.islice(victims, request.config.getoption("--kills")), supervised.kill
        )


def write_through(url: str, victims: Iterable[str], kill: Callable[[str], None]) -> None:
    """People write; each victim in turn is killed and started again meanwhile; then everything is counted."""
    with closing(Forum(url)) as forum:
        people = [forum.register("writer") for _ in range(WRITERS)]
        topics = [people[0].starts_topic() for _ in range(3)]
        with Load(forum, people, topics, unique("t")) as load:
            for victim in victims:
                await_writes(load)
                kill(victim)
            await_writes(load)
        load.send_again()
        load.check()
        eventually(lambda: counts_are_true(forum, load), within=10)


def await_writes(load: Load) -> None:
    """Wait until people have got answers again."""
    enough = load.acknowledged + BETWEEN

    def reached() -> None:
        assert not load.errors, load.errors
        assert load.acknowledged >= enough

    eventually(reached, within=30)


def counts_are_true(forum: Forum, load: Load) -> None:
    for topic in load.topics:
        assert forum.topic(topic)["message_count"] == len(forum.reads(topic))
