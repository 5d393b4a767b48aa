"""The relations of the schema `messages`."""

from sqlalchemy import Column, DateTime, Integer, MetaData, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import REGCONFIG, TSVECTOR

metadata = MetaData(schema="messages")

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("topic_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("author_id", Uuid, nullable=False),
    Column("body", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("render_version", SmallInteger, nullable=False),
    Column("reply_to", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("edited_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Column("search_config", REGCONFIG, nullable=False),
    Column("search", TSVECTOR),
)

activity = Table(
    "activity",
    metadata,
    Column("topic_id", Uuid, primary_key=True),
    Column("last_number", Integer, nullable=False),
    Column("message_count", Integer, nullable=False),
    Column("last_activity_at", DateTime(timezone=True)),
    Column("last_author_id", Uuid),
)

# The seam: tables kept by feeds in the split, views in the monolith.
authors = Table(
    "authors",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text(collation="C"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("state", Text, nullable=False),
)
topics = Table(
    "topics", metadata, Column("id", Uuid, primary_key=True), Column("state", Text, nullable=False)
)
keys = Table(
    "keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("jwk", Text, nullable=False),
    Column("state", Text, nullable=False),
)
