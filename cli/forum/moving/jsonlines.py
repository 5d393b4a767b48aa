"""The forum's own files: users, topics and messages as JSON Lines, one object a line (docs in the README).

What export writes, import reads; others may write such files too, so a line is checked before it is believed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationError

from chassis.markdown import render
from chassis.text import timestamp
from forum.mail.digest import Unread
from forum.mail.mbox import unpacked
from messages.loader import Record as Message
from topics.loader import Record as Topic
from users.loader import Record as User

FILES = ("users.jsonl", "topics.jsonl", "messages.jsonl")
LONGEST = 32 * 1024 * 1024  # bytes of a line
USERNAME = re.compile(r"[A-Za-z0-9_-]{3,30}")

Text = Annotated[str, AfterValidator(lambda text: text.replace("\0", "\N{REPLACEMENT CHARACTER}"))]
Time = Annotated[AwareDatetime, AfterValidator(lambda time: time.astimezone(UTC))]
Some = Annotated[Text, Field(min_length=1)]


class UserLine(BaseModel):
    """A line of users.jsonl. Of a deleted account `reserved_name` is the name that stays taken."""

    id: UUID
    username: Text
    display_name: Some
    bio: Text = ""
    role: Literal["member", "moderator", "admin"] = "member"
    state: Literal["active", "suspended", "deleted"] = "active"
    email: Some | None = None
    external_id: Some | None = None
    password_hash: Some | None = None
    created_at: Time
    reserved_name: Some | None = None

    def record(self) -> User:
        """For the users' loader. ValueError for a username that nobody can have."""
        is_free = self.username.lower() != "deleted" or self.state == "deleted"
        if not (is_free and USERNAME.fullmatch(self.username)):
            raise ValueError("username: not a possible one")
        return User(**dict(self))


class TopicLine(BaseModel):
    """A line of topics.jsonl."""

    id: UUID
    author_id: UUID
    title: Some
    body: Some
    tags: list[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,30}$")]] = []
    pinned: bool = False
    state: Literal["open", "locked", "deleted"] = "open"
    created_at: Time
    edited_at: Time | None = None

    def record(self) -> Topic:
        """For the topics' loader."""
        return Topic(**dict(self), html=render(self.body))


class MessageLine(BaseModel):
    """A line of messages.jsonl."""

    id: UUID
    topic_id: UUID
    author_id: UUID
    body: Some
    reply_to: UUID | None = None
    created_at: Time
    edited_at: Time | None = None
    deleted: bool = False

    def record(self) -> Message:
        """For the messages' loader."""
        return Message(**dict(self), html=render(self.body))


def user_records(lines: list[bytes]) -> list[User | Unread]:
    """Records of the lines of users.jsonl; of a line that is none, why. (Three functions, as processes
    that work for us know them by name.)"""
    return [_record(UserLine, line) for line in lines]


def topic_records(lines: list[bytes]) -> list[Topic | Unread]:
    """The same of topics.jsonl, rendered."""
    return [_record(TopicLine, line) for line in lines]


def message_records(lines: list[bytes]) -> list[Message | Unread]:
    """The same of messages.jsonl, rendered."""
    return [_record(MessageLine, line) for line in lines]


def _record(shape: type[UserLine | TopicLine | MessageLine], line: bytes) -> Any:
    try:
        return shape.model_validate_json(line).record()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return Unread(f"{shape.__name__}: {place or 'line'}: {first['msg']}")
    except ValueError as error:
        return Unread(f"{shape.__name__}: {error}")


def lines(path: Path, seen: Callable[[int], object] = int) -> Iterator[bytes]:
    """The lines of a file, plain or gzipped. `seen` as of `mails`. OSError, Damaged."""
    with path.open("rb") as disk, unpacked(path, disk) as file:
        for line in iter(partial(file.readline, LONGEST), b""):
            seen(disk.tell())
            if line.strip():
                yield line


def line(row: Mapping[str, Any]) -> str:
    """A row as a line: its columns in their order, times as in the API."""
    return json.dumps(dict(row), default=_plain, ensure_ascii=False, separators=(",", ":")) + "\n"


def _plain(value: UUID | datetime) -> str:
    return str(value) if isinstance(value, UUID) else timestamp(value)
