"""Wire shapes, written out. What comes in is a Body; what goes out is made by a function beside its shape."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from chassis.text import Body, Text, timestamp

MessageBody = Annotated[Text, Field(min_length=1, max_length=32_000)]


class NewMessage(Body):
    """A message to post. `reply_to` is a message of the same topic."""

    body: MessageBody
    reply_to: UUID | None = Field(None, strict=False)


class EditedMessage(Body):
    """A message's new text."""

    body: MessageBody


class Author(BaseModel):
    """Who wrote it; a deleted account reads `deleted`, `Deleted user`."""

    id: UUID
    username: str
    display_name: str


class Message(BaseModel):
    """A message. `number` counts from 1 within its topic; `html` is sanitised."""

    id: UUID
    topic_id: UUID
    number: int
    author: Author
    body: str
    html: str
    reply_to: UUID | None
    created_at: AwareDatetime
    edited_at: AwareDatetime | None


class MessagePage(BaseModel):
    """A page of messages; `next` is the cursor of the following one."""

    items: list[Message]
    next: str | None


def message(row: Mapping[str, Any]) -> dict[str, Any]:
    """A Message of a row as `reading` selects it."""
    edited_at = row["edited_at"]
    return {
        "id": row["id"],
        "topic_id": row["topic_id"],
        "number": row["number"],
        "author": author(row["author_id"], row["username"], row["display_name"]),
        "body": row["body"],
        "html": row["html"],
        "reply_to": row["reply_to"],
        "created_at": timestamp(row["created_at"]),
        "edited_at": edited_at and timestamp(edited_at),
    }


def author(id_: UUID, username: str | None, display_name: str | None) -> dict[str, Any]:
    """An Author; one that the feed has not brought yet (None) reads as a deleted one."""
    return {"id": id_, "username": username or "deleted", "display_name": display_name or "Deleted user"}
