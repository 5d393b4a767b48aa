"""Processes are killed while people write: what was acknowledged is there exactly once."""

import itertools
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from forum_client import Forum, eventually, unique
from forum_client.load import Load
from running import DATABASES, Running

WRITERS = 4
BETWEEN = 25  # acknowledged writes between two kills: the load must be running when the next one falls
VICTIMS = {
    "split": ["messages", "topics", "router", "users", "messages", "web"],
    "monolith": ["monolith", "router"],
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
    kills: int = request.config.getoption("--kills")
    with running, closing(Forum(running.url)) as forum:
        people = [forum.register("writer") for _ in range(WRITERS)]
        tag = unique("t")
        topics = [people[0].starts_topic() for _ in range(3)]
        with Load(forum, people, topics, tag) as load:
            for victim in itertools.islice(itertools.cycle(VICTIMS[running.topology]), kills):
                await_writes(load, load.acknowledged + BETWEEN)
                running.kill(victim)
                running.start(victim)
            await_writes(load, load.acknowledged + BETWEEN)
        load.send_again()
        load.check()
        eventually(lambda: counts_are_true(forum, load))


def await_writes(load: Load, count: int) -> None:
    def reached() -> None:
        assert not load.errors, load.errors
        assert load.acknowledged >= count

    eventually(reached, within=15)


def counts_are_true(forum: Forum, load: Load) -> None:
    for topic in load.topics:
        assert forum.topic(topic)["message_count"] == len(forum.reads(topic))
