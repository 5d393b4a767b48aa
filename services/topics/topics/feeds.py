"""What topics publishes, and what it follows of users and messages."""

import httpx

from chassis.changes import Feed
from chassis.database import Database, Statement, sql
from chassis.follow import Follower
from topics.settings import Settings

TOPICS = Feed(
    relation="topics",
    schema="topics",
    table="topics",
    key="id",
    shown={"id": "id", "state": "state"},
    readers=frozenset({"messages"}),
)

AUTHORS = sql("""
    INSERT INTO topics.authors AS known (id, username, display_name, state)
    SELECT id, username, display_name, state FROM jsonb_to_recordset(CAST(:items AS jsonb))
        AS page (id uuid, username text, display_name text, state text)
    ON CONFLICT (id) DO UPDATE
        SET username = excluded.username, display_name = excluded.display_name, state = excluded.state
        WHERE (known.username, known.display_name, known.state)
            <> (excluded.username, excluded.display_name, excluded.state)
""")
KEYS = sql("""
    INSERT INTO topics.keys AS known (kid, jwk, state)
    SELECT kid, jwk, state FROM jsonb_to_recordset(CAST(:items AS jsonb))
        AS page (kid text, jwk text, state text)
    ON CONFLICT (kid) DO UPDATE SET jwk = excluded.jwk, state = excluded.state
        WHERE (known.jwk, known.state) <> (excluded.jwk, excluded.state)
""")
# A feed that begins from nothing brings every row: one that is as it was is not written again.
ACTIVITY = sql("""
    UPDATE topics.topics SET
        message_count = page.message_count,
        last_activity_at = coalesce(page.last_activity_at, topics.created_at),
        last_author_id = page.last_author_id
    FROM jsonb_to_recordset(CAST(:items AS jsonb)) AS page
        (topic_id uuid, message_count integer, last_activity_at timestamptz, last_author_id uuid)
    WHERE topics.id = page.topic_id
      AND (topics.message_count, topics.last_activity_at, topics.last_author_id) IS DISTINCT FROM
          (page.message_count, coalesce(page.last_activity_at, topics.created_at), page.last_author_id)
""")


def followers(
    settings: Settings, database: Database, transport: httpx.AsyncBaseTransport | None = None
) -> list[Follower]:
    """Those that keep the seam true in the split."""

    def follow(relation: str, url: str, apply: Statement) -> Follower:
        return Follower(
            database,
            "topics",
            relation,
            url=url,
            auth=("topics", settings.caller_key),
            apply=apply,
            transport=transport,
        )

    return [
        follow("authors", settings.users_url, AUTHORS),
        follow("keys", settings.users_url, KEYS),
        follow("activity", settings.messages_url, ACTIVITY),
    ]
