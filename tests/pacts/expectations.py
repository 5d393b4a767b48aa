"""What every consumer expects of every provider: services here, web by its pages. A new interaction is one
more of EXCHANGES."""

from typing import Any
from uuid import UUID

from pact import match
from pacts.exchange import Exchange, Json
from pacts.followed import DOWN, NEXT, Feed
from pacts.pages import VISITS

AUTHOR = {"username": "ada", "display_name": "Ada Lovelace", "state": "active"}
AUTHORS = [
    {"id": "01890000-0000-7000-8000-000000000001"} | AUTHOR,
    {"id": "01890000-0000-7000-8000-000000000002"}
    | {"username": "deleted", "display_name": "Deleted user", "state": "deleted"},
    {"id": "01890000-0000-7000-8000-000000000003"}
    | {"username": "bob", "display_name": "Bob", "state": "active"},
]
JWK = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'  # RFC 8037, A.2
KEYS = [{"kid": kid, "jwk": JWK, "state": state} for kid, state in (("k1", "retired"), ("k2", "live"))]
TOPICS = [
    {"id": f"01890000-0000-7000-8000-00000000001{n}", "state": state}
    for n, state in enumerate(("locked", "deleted", "open"))
]
ACTIVITY = [
    {
        "topic_id": TOPICS[0]["id"],
        "message_count": 2,
        "last_activity_at": "2031-02-03T04:05:06.000007+00:00",
        "last_author_id": AUTHORS[0]["id"],
    },
    {"topic_id": TOPICS[2]["id"], "message_count": 0, "last_activity_at": None, "last_author_id": None},
]


def activity(row: Json) -> Json:
    """UTC may be written in either way."""
    at = row["last_activity_at"]
    if at is None:
        return row
    same = f"^{at.replace('.', '[.]').removesuffix('+00:00')}(Z|[+]00:00)$"
    return row | {"last_activity_at": match.regex(at, regex=same)}


def authors(consumer: str) -> Feed:
    """Who wrote; a suspended author may not write here either."""
    return Feed(consumer, "users", "authors", AUTHORS, AUTHORS[2] | {"state": "suspended"})


def keys(consumer: str) -> Feed:
    """Which keys sign tokens; a retired one does no longer."""
    return Feed(consumer, "users", "keys", KEYS, KEYS[1] | {"state": "retired"})


first_message = ACTIVITY[0] | {"topic_id": TOPICS[2]["id"], "message_count": 1}
topics_activity = Feed("topics", "messages", "activity", ACTIVITY, first_message, activity)
messages_topics = Feed("messages", "topics", "topics", TOPICS, TOPICS[2] | {"state": "locked"})
FEEDS = [
    *(authors("topics"), keys("topics"), topics_activity),
    *(authors("messages"), keys("messages"), messages_topics),
]
MADE_KEYS = [
    feed.asks(
        "a key that users made",
        "users has made its first key",
        body={
            "items": [
                {
                    "kid": match.regex("made", regex="^[A-Za-z0-9_-]+$"),
                    "jwk": match.regex(JWK, regex='^[{].*"x": ?"[A-Za-z0-9_-]{43}".*[}]$'),
                    "state": "live",
                }
            ],
            "next": NEXT,
            "caught_up": True,
        },
        since="",
    )
    for feed in FEEDS
    if feed.relation == "keys"
]


TOPIC = UUID(TOPICS[0]["id"])


def looks_up(what: str, given: str, **more: Any) -> Exchange:
    """Messages asks for TOPIC."""
    path = f"/internal/topics/{TOPIC}"
    as_itself = {"auth": ("messages", "messages-key")}
    return Exchange("messages", "topics", f"a topic: {what}", path, given, **as_itself | more)


LOOK_UPS = {
    state: looks_up(
        state,
        "these rows are new",
        params={"relation": "topics", "rows": [TOPICS[0] | {"state": state}]},
        body={"state": state},
    )
    for state in ("open", "locked", "deleted")
}
UNKNOWN = looks_up("unknown", "there is nothing", status=404)
LOOK_UP_REFUSALS = [
    looks_up("no key", "there is nothing", auth=None, status=401),
    looks_up("a wrong key", "there is nothing", auth=("messages", "wrong"), status=401),
    looks_up("somebody who may not ask", "there is nothing", auth=("stranger", "stranger-key"), status=403),
    looks_up("without a database", DOWN, status=503),
]

EXCHANGES = [
    *(exchange for feed in FEEDS for exchange in (*feed.pages, feed.gone, *feed.refusals)),
    *MADE_KEYS,
    *LOOK_UPS.values(),
    UNKNOWN,
    *LOOK_UP_REFUSALS,
    *{answer: None for visit in VISITS for answer in visit.answers},
]
