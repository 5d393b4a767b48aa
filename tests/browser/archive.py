"""People and texts brought in all at once, with times of their own, as `forum import` does it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from forum_client import Forum, eventually
from imports.moving import CAUGHT_UP, command
from running import Running

from forum.moving.identity import stable_id
from forum.moving.jsonlines import FILES, MessageLine, TopicLine, UserLine


class Archive:
    """What is to come in. `hours` is how long ago something was written; the rest is as the lines have it."""

    def __init__(self) -> None:
        self.users: list[UserLine] = []
        self.topics: list[TopicLine] = []
        self.messages: list[MessageLine] = []
        self._now = datetime.now(UTC)
        self._in_topic: Counter[UUID] = Counter()

    def at(self, hours: float) -> datetime:
        return self._now - timedelta(hours=hours)

    def user(self, username: str, display_name: str, hours: float, **more: Any) -> UUID:
        line = UserLine(
            id=stable_id("user", username),
            username=username,
            display_name=display_name,
            created_at=self.at(hours),
            **more,
        )
        self.users.append(line)
        return line.id

    def topic(self, author: UUID, title: str, body: str, hours: float, **more: Any) -> UUID:
        time = self.at(hours)
        id_ = stable_id("topic", f"{title} {len(self.topics)}", time)
        self.topics.append(
            TopicLine(id=id_, author_id=author, title=title, body=body, created_at=time, **more)
        )
        return id_

    def message(self, topic: UUID, author: UUID, body: str, hours: float, **more: Any) -> UUID:
        time = self.at(hours)
        self._in_topic[topic] += 1
        id_ = stable_id("message", f"{topic} {self._in_topic[topic]}", time)
        self.messages.append(
            MessageLine(id=id_, topic_id=topic, author_id=author, body=body, created_at=time, **more)
        )
        return id_

    def come_into(self, running: Running, folder: Path) -> None:
        """Imports everything."""
        write(folder / "users.jsonl", self.users)
        write(folder / "topics.jsonl", self.topics)
        write(folder / "messages.jsonl", self.messages)
        said = command(running, "import", *(folder / name for name in FILES))
        assert "Not imported" not in said, said

    def is_told(self, forum: Forum) -> None:
        """The forum's parts have heard of one another's: topics know their counts."""
        rows = {row["id"]: row["message_count"] for row in forum.all("/api/topics", sort="new", limit=100)}
        there = Counter(str(message.topic_id) for message in self.messages if not message.deleted)
        assert rows == {str(topic.id): there[str(topic.id)] for topic in self.topics}


@contextmanager
def forum_of(
    archive: Archive, topology: str, databases: Mapping[str, str], folder: Path
) -> Iterator[tuple[Running, Forum]]:
    """A forum on empty databases, once everything has come in and all its parts know."""
    with Running(topology, databases, folder) as running, closing(Forum(running.url, topology)) as forum:
        archive.come_into(running, folder)
        eventually(partial(archive.is_told, forum), within=CAUGHT_UP)
        yield running, forum


@cache
def password_hash(password: str) -> str:
    """As users keep it."""
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(password)


def write(file: Path, lines: list[Any]) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(line.model_dump_json() + "\n" for line in lines)
