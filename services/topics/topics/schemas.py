"""Wire shapes, written out. What comes in is a Body; what goes out is made by a function beside its shape."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from chassis.text import Body, Change, Line, Text, Timestamp, timestamp

MOST_TAGS = 5


def _distinct(tags: list[str]) -> list[str]:
    distinct = list(dict.fromkeys(tags))
    if len(distinct) > MOST_TAGS:
        raise ValueError(f"must be at most {MOST_TAGS} tags")
    return distinct


Title = Annotated[
    Line, StringConstraints(min_length=1, max_length=200), Field(examples=["Which plants like shade?"])
]
TopicBody = Annotated[
    Text, StringConstraints(min_length=1, max_length=32_000), Field(examples=["Mine gets *one* hour of sun."])
]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,30}$"), Field(examples=["garden"])]
Tags = Annotated[list[Tag], AfterValidator(_distinct)]


class NewTopic(Body):
    """A topic to start. Tags that come twice count once."""

    title: Title
    body: TopicBody
    tags: Tags = Field(default_factory=list)


class TopicChange(Change):
    """What is not sent stays, and null is no value. `pinned` and `locked` are for moderators."""

    title: Title | None = None
    body: TopicBody | None = None
    tags: Tags | None = None
    pinned: bool | None = None
    locked: bool | None = None


class Author(BaseModel):
    """Who wrote it; a deleted account reads `deleted`, `Deleted user`."""

    id: Annotated[UUID, Field(examples=["019c97e1-2a40-7c31-8d5e-5a1f0c3b7e01"])]
    username: Annotated[str, Field(examples=["ada"])]
    display_name: Annotated[str, Field(examples=["Ada"])]


class TopicRow(BaseModel):
    """A topic in a list. `last_author` wrote its newest message."""

    id: Annotated[UUID, Field(examples=["019c97e2-5c80-7b14-a3f7-0d9e8c7b6a03"])]
    title: Annotated[str, Field(examples=["Which plants like shade?"])]
    tags: list[Annotated[str, Field(examples=["garden"])]]
    author: Author
    pinned: Annotated[bool, Field(examples=[False])]
    locked: Annotated[bool, Field(examples=[False])]
    message_count: Annotated[int, Field(ge=0, examples=[0])]
    last_activity_at: Timestamp
    last_author: Author | None
    created_at: Timestamp
    edited_at: Timestamp | None


class Topic(TopicRow):
    """A topic. `body` is CommonMark as written, `html` is rendered and sanitised."""

    body: Annotated[str, Field(examples=["Mine gets *one* hour of sun."])]
    html: Annotated[str, Field(examples=["<p>Mine gets <em>one</em> hour of sun.</p>\n"])]


class TopicPage(BaseModel):
    """A page of topics; `next` is the cursor of the following one."""

    items: list[TopicRow]
    next: str | None


class TagCount(BaseModel):
    """How many topics carry a tag."""

    tag: Annotated[str, Field(examples=["garden"])]
    topics: Annotated[int, Field(ge=1, examples=[1])]


class TagCounts(BaseModel):
    """Every tag in use, most used first."""

    items: list[TagCount]


def topic_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A TopicRow of a row as `reading` selects it."""
    edited_at = row["edited_at"]
    return {
        "id": row["id"],
        "title": row["title"],
        "tags": row["tags"],
        "author": author(row["author_id"], row["username"], row["display_name"]),
        "pinned": row["pinned"],
        "locked": row["state"] == "locked",
        "message_count": row["message_count"],
        "last_activity_at": timestamp(row["last_activity_at"]),
        "last_author": row["last_author_id"]
        and author(row["last_author_id"], row["last_username"], row["last_display_name"]),
        "created_at": timestamp(row["created_at"]),
        "edited_at": edited_at and timestamp(edited_at),
    }


def topic(row: Mapping[str, Any]) -> dict[str, Any]:
    """A Topic of a row as `reading` selects it."""
    return topic_row(row) | {"body": row["body"], "html": row["html"]}


def author(id_: UUID, username: str | None, display_name: str | None) -> dict[str, Any]:
    """An Author; one that the feed has not brought yet (None) reads as a deleted one."""
    return {"id": id_, "username": username or "deleted", "display_name": display_name or "Deleted user"}
