"""The tables of the schema `users`, as the migrations leave them (a test compares the two)."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

metadata = MetaData(schema="users")

TIME = TIMESTAMP(timezone=True)
NAME = Text(collation="C")
NOW = text("now()")

users = Table(
    "users",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("username", NAME, nullable=False),
    Column("reserved_name", NAME, nullable=False, unique=True),  # in lower case; outlives the account
    Column("display_name", Text, nullable=False),
    Column("bio", Text, nullable=False, server_default=""),
    Column("role", Text, nullable=False, server_default="member"),  # member, moderator, admin
    Column("state", Text, nullable=False, server_default="active"),  # active, suspended, deleted
    Column("password_hash", Text),  # null: came by an import and never set one
    Column("email", NAME, unique=True),
    Column("external_id", NAME, unique=True),  # hashed by whoever imports
    Column("created_at", TIME, nullable=False, server_default=NOW),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
)
Index("admins", users.c.id, postgresql_where=users.c.role == text("'admin'"))

sessions = Table(
    "sessions",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("user_id", UUID, ForeignKey(users.c.id), nullable=False),
    Column("created_at", TIME, nullable=False, server_default=NOW),
    Column("last_used_at", TIME, nullable=False, server_default=NOW, index=True),
    Column("user_agent", Text, nullable=False),
    Column("serial", Integer, nullable=False, server_default=text("1")),  # of the refresh token that serves
    Column("ended_at", TIME),
)
Index("sessions_of", sessions.c.user_id, sessions.c.last_used_at)

keys = Table(
    "keys",
    metadata,
    Column("kid", NAME, primary_key=True),
    Column("jwk", Text, nullable=False),  # the public half
    Column("state", Text, nullable=False, server_default="live"),  # live, retired
    Column("private", LargeBinary),  # sealed; null once retired
    Column("created_at", TIME, nullable=False, server_default=NOW),
    Column("signs_from", TIME, nullable=False),
    Column("retires_at", TIME),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("who", LargeBinary, primary_key=True),  # digest of username and address
    Column("failures", ARRAY(TIME), nullable=False),
    Column("last_at", TIME, nullable=False, server_default=NOW, index=True),
)

moderation_log = Table(
    "moderation_log",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("moderator_id", UUID, nullable=False),
    Column("action", Text, nullable=False),
    Column("target_id", UUID, nullable=False, index=True),
    Column("reason", Text),
    Column("at", TIME, nullable=False, server_default=NOW),
)

USER = "id, username, display_name, bio, role, state, created_at, version"
"""The columns that a User is made of."""
