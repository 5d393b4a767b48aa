"""What this service publishes: who wrote, and which keys sign. It follows nobody."""

from chassis.changes import Feed

READERS = frozenset({"topics", "messages"})

AUTHORS = Feed(
    relation="authors",
    schema="users",
    table="users",
    key="id",
    shown={"id": "id", "username": "username", "display_name": "display_name", "state": "state"},
    readers=READERS,
)
KEYS = Feed(
    relation="keys",
    schema="users",
    table="keys",
    key="kid",
    key_type="text",
    shown={"kid": "kid", "jwk": "jwk", "state": "state"},
    readers=READERS,
)
FEEDS = [AUTHORS, KEYS]
