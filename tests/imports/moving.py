"""The commands that move a forum in and out, and everything that a forum then shows to anyone."""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from forum_client import Forum, Json, eventually
from running import Running, clean_environment

Empty = Callable[[str], Awaitable[Running]]  # topology → a forum of it with nothing in it

COMMAND = str(Path(sys.executable).with_name("forum"))
CAUGHT_UP = 10.0  # seconds for the feeds to bring a whole archive
SECONDS = 120


def environment(running: Running) -> dict[str, str]:
    """In which the command means this forum."""
    named = {"monolith": "FORUM_DATABASE_URL"}
    urls = {named.get(app, f"{app.upper()}_DATABASE_URL"): url for app, url in running.databases.items()}
    return clean_environment() | urls | {"TOPOLOGY": running.topology, "DATA_DIR": os.devnull}


def command(running: Running, *words: str | Path) -> str:
    """What `forum …` says of this forum; it must succeed."""
    done = subprocess.run(
        [COMMAND, *words], env=environment(running), capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def begun(running: Running, *words: str | Path) -> "subprocess.Popen[bytes]":
    """A command that goes on while the test does."""
    return subprocess.Popen(
        [COMMAND, *words], env=environment(running), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def exported(running: Running, folder: Path) -> dict[str, bytes]:
    """The files of an export."""
    command(running, "export", folder)
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@dataclass(frozen=True)
class Content:
    """All that the public API shows, each list as it came."""

    users: list[Json]
    topics: list[Json]  # in the order of `new`, without their texts
    threads: dict[str, list[Json]]  # the messages of each topic
    messages: list[Json]  # all, as everybody's newest

    def longest(self) -> Json:
        return max(self.topics, key=lambda topic: len(self.threads[topic["id"]]))


@dataclass(frozen=True)
class Imported:
    """A forum that runs, what the last import into it said, and what it shows then."""

    running: Running
    said: str
    content: Content


def content(forum: Forum) -> Content:
    """Reads everything by paging, once topics know the counts."""
    users = list(forum.all("/api/users", limit=100))
    messages = list(forum.all("/api/messages", limit=100))
    topics = list(forum.all("/api/topics", sort="new", limit=100))
    threads = {topic["id"]: forum.reads(topic) for topic in topics}

    def counted() -> list[Json]:
        rows = list(forum.all("/api/topics", sort="new", limit=100))
        assert {row["id"]: row["message_count"] for row in rows} == {
            topic: len(thread) for topic, thread in threads.items()
        }
        return rows

    return Content(users, eventually(counted, within=CAUGHT_UP), threads, messages)


def reachable_once(shown: Content) -> None:
    """Each message is in one topic, once, under its number, and once among all; topics are distinct."""
    everywhere = [message for thread in shown.threads.values() for message in thread]
    assert len({message["id"] for message in everywhere}) == len(everywhere)
    assert sorted(shown.messages, key=by_id) == sorted(everywhere, key=by_id)
    assert len({topic["id"] for topic in shown.topics}) == len(shown.topics)
    newest = [message["created_at"] for message in shown.messages]
    assert newest == sorted(newest, reverse=True)
    for topic in shown.topics:
        thread = shown.threads[topic["id"]]
        assert [message["number"] for message in thread] == list(range(1, len(thread) + 1))
        times = [message["created_at"] for message in thread]
        assert times == sorted(times)
        assert topic["last_activity_at"] == max(times, default=topic["created_at"])


def by_id(message: Json) -> str:
    identity: str = message["id"]
    return identity


def differing(one: Content, other: Content) -> list[str]:
    """The names of the lists in which two forums differ, be it by one id or one second."""
    return [name for name in vars(one) if getattr(one, name) != getattr(other, name)]
