"""The tables of the schema `topics`, as the migrations make them, and its seam relations."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, REGCONFIG, TSVECTOR

SEARCH_CONFIG = "simple"
"""The text search configuration of new topics, and of what people search for."""

Moment = DateTime(timezone=True)
Name = Text(collation="C")

metadata = MetaData(schema="topics")

topics = Table(
    "topics",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("author_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("render_version", SmallInteger, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("state", Name, nullable=False),
    Column("message_count", Integer, nullable=False),
    Column("last_activity_at", Moment, nullable=False),
    Column("last_author_id", Uuid),
    Column("created_at", Moment, nullable=False),
    Column("edited_at", Moment),
    Column("version", Integer, nullable=False),
    Column("search_config", REGCONFIG, nullable=False),
)

search = Table(
    "search",
    metadata,
    Column("topic_id", Uuid, primary_key=True),
    Column("document", TSVECTOR, nullable=False),
)
"""What full-text search looks in; kept by a trigger."""

tags = Table(
    "tags",
    metadata,
    Column("tag", Name, primary_key=True),
    Column("topics", Integer, nullable=False),
)
"""How many topics that are not deleted carry a tag; kept by a trigger."""

moderation_log = Table(
    "moderation_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("moderator_id", Uuid, nullable=False),
    Column("action", Name, nullable=False),
    Column("target_id", Uuid, nullable=False),
    Column("reason", Text),
    Column("at", Moment, nullable=False),
)

authors = Table(
    "authors",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Name, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("state", Name, nullable=False),
)
"""Seam: the users service owns this."""

keys = Table(
    "keys",
    metadata,
    Column("kid", Name, primary_key=True),
    Column("jwk", Text, nullable=False),
    Column("state", Name, nullable=False),
)
"""Seam: the public signing keys of the users service."""
