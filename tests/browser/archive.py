"""People and texts brought in all at once, with times of their own, as `forum import` does it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from imports.moving import command
from running import Running

from forum.moving.identity import stable_id
from forum.moving.jsonlines import MessageLine, TopicLine, UserLine


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
        """Imports everything into a forum that has its schemas."""
        folder.mkdir()
        write(folder / "users.jsonl", self.users)
        write(folder / "topics.jsonl", self.topics)
        write(folder / "messages.jsonl", self.messages)
        said = command(running, "import", folder)
        assert "Not imported" not in said, said


def write(file: Path, lines: list[Any]) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(line.model_dump_json() + "\n" for line in lines)
