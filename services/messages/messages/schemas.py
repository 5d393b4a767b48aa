"""Wire shapes, written out. What comes in is a Body; what goes out is made by a function beside its shape."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.text import Body, Text, Timestamp, timestamp

MessageBody = Annotated[Text, Field(min_length=1, max_length=32_000, examples=["Ferns, and *hostas*."])]


class NewMessage(Body):
    """A message to post. `reply_to` is a message of the same topic."""

    body: MessageBody
    reply_to: UUID | None = Field(None, strict=False)


class EditedMessage(Body):
    """A message's new text."""

    body: MessageBody


class Author(BaseModel):
    """Who wrote it; a deleted account reads `deleted`, `Deleted user`."""

    id: Annotated[UUID, Field(examples=["019c97e1-2a40-7c31-8d5e-5a1f0c3b7e01"])]
    username: Annotated[str, Field(examples=["ada"])]
    display_name: Annotated[str, Field(examples=["Ada"])]


class Message(BaseModel):
    """A message. `number` counts from 1 within its topic; `html` is sanitised."""

    id: Annotated[UUID, Field(examples=["019c97e3-9d20-7e55-b8c1-7f6e5d4c3b04"])]
    topic_id: Annotated[UUID, Field(examples=["019c97e2-5c80-7b14-a3f7-0d9e8c7b6a03"])]
    number: Annotated[int, Field(ge=1, examples=[1])]
    author: Author
    body: Annotated[str, Field(examples=["Ferns, and *hostas*."])]
    html: Annotated[str, Field(examples=["<p>Ferns, and <em>hostas</em>.</p>\n"])]
    reply_to: UUID | None
    created_at: Timestamp
    edited_at: Timestamp | None


class MessagePage(BaseModel):
    """A page of messages; `next` is the cursor of the following one."""

    items: list[Message]
    next: str | None


class TopicMessagePage(MessagePage):
    """A page of a topic's messages; `last_number` is that of its last message, deleted or not, 0 for none."""

    last_number: Annotated[int, Field(ge=0, examples=[1])]


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
