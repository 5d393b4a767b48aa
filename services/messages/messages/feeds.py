"""What messages publishes, and what it follows of users and topics."""

import httpx

from chassis.changes import Feed
from chassis.database import Database, Statement, sql
from chassis.follow import Follower
from messages.settings import Settings

ACTIVITY = Feed(
    relation="activity",
    schema="messages",
    table="activity",
    key="topic_id",
    shown={name: name for name in ("topic_id", "message_count", "last_activity_at", "last_author_id")},
    readers=frozenset({"topics"}),
)

AUTHORS = sql("""
    INSERT INTO messages.authors AS known (id, username, display_name, state)
    SELECT id, username, display_name, state FROM jsonb_to_recordset(CAST(:items AS jsonb))
        AS page (id uuid, username text, display_name text, state text)
    ON CONFLICT (id) DO UPDATE
        SET username = excluded.username, display_name = excluded.display_name, state = excluded.state
        WHERE (known.username, known.display_name, known.state)
            <> (excluded.username, excluded.display_name, excluded.state)
""")
KEYS = sql("""
    INSERT INTO messages.keys AS known (kid, jwk, state)
    SELECT kid, jwk, state FROM jsonb_to_recordset(CAST(:items AS jsonb))
        AS page (kid text, jwk text, state text)
    ON CONFLICT (kid) DO UPDATE SET jwk = excluded.jwk, state = excluded.state
        WHERE (known.jwk, known.state) <> (excluded.jwk, excluded.state)
""")
TOPICS = sql("""
    INSERT INTO messages.topics AS known (id, state)
    SELECT id, state FROM jsonb_to_recordset(CAST(:items AS jsonb)) AS page (id uuid, state text)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state WHERE known.state <> excluded.state
""")


def followers(
    settings: Settings, database: Database, transport: httpx.AsyncBaseTransport | None = None
) -> list[Follower]:
    """Those that keep the seam true in the split."""

    def follow(relation: str, url: str, apply: Statement) -> Follower:
        return Follower(
            database,
            "messages",
            relation,
            url=url,
            auth=("messages", settings.caller_key),
            apply=apply,
            transport=transport,
        )

    return [
        follow("authors", settings.users_url, AUTHORS),
        follow("keys", settings.users_url, KEYS),
        follow("topics", settings.topics_url, TOPICS),
    ]
