"""Lists of topics, tags, a topic with its messages, and one message."""

from typing import Any

from pacts.exchange import Exchange, Json
from pacts.followed import DOWN
from pacts.made_up import BOB, ELM, MESSAGES, OAK, TEA, TREES, only
from pacts.visits import ENTITY_TAG, Visit, asks

AUTHOR = ("author.username", "author.display_name")
ROW = ("id", "title", "tags", *AUTHOR, "pinned", "locked", "message_count")
ACTIVE_ROW = only(TEA, *ROW, "last_author.display_name", "last_activity_at")
TEXT = "<p>Green or <em>black</em>?</p>"


def page(*items: Json) -> Json:
    """A list that ends here."""
    return {"items": list(items), "next": None}


def lists_topics(what: str, row: Json = ACTIVE_ROW, topic: Json = TEA, **more: Any) -> Exchange:
    """A list of one topic."""
    how = {"given": "these topics", "params": {"topics": [topic]}, "body": page(row)} | more
    return asks("GET /api/topics", what, **how)


LATEST = {"sort": "latest", "limit": "20"}
ACTIVE = lists_topics("the latest, with messages", query=LATEST)
QUIET = lists_topics(
    "the latest, without messages", only(TREES, *ROW, "last_author", "created_at"), TREES, query=LATEST
)
NEWEST = lists_topics("the newest", query=LATEST | {"sort": "new"})
TOP = lists_topics("the most discussed", query=LATEST | {"sort": "top"})
NOTHING = asks("GET /api/topics", "none", "there is nothing", query=LATEST, body=page())
LIST_DOWN = asks("GET /api/topics", "without a database", DOWN, query=LATEST, status=503)
TAGS = asks(
    *("GET /api/tags", "tags", "these topics"),
    params={"topics": [TEA]},
    body={"items": [{"tag": "kitchen", "topics": 1}]},
)
TAGS_DOWN = asks("GET /api/tags", "without a database", DOWN, status=503)
TAGGED = lists_topics("of a tag", query={"tag": "kitchen", "limit": "20"})

A_TOPIC = f"GET /api/topics/{TREES['id']}"
OF_ITS_MESSAGES = f"{A_TOPIC}/messages"
A_MESSAGE, ITS_ANSWER = (f"GET /api/messages/{message['id']}" for message in MESSAGES)
TOPIC = asks(
    *(A_TOPIC, "a topic", "these topics"),
    params={"topics": [TREES]},
    body=only(TREES, *ROW, "author.id", "created_at", "edited_at", "body", "html"),
    told={"ETag": ENTITY_TAG},
)
EDITED_TOPIC = asks(
    *(f"GET /api/topics/{TEA['id']}", "one that is edited, pinned and locked", "these topics"),
    params={"topics": [TEA]},
    body=only(TEA, *ROW, "created_at", "edited_at", "html"),
)
NO_TOPIC = asks(A_TOPIC, "one that is gone", "there is nothing", status=404)
TOPICS_DOWN = asks(A_TOPIC, "without a database", DOWN, status=503)
SHOWN = ("id", "number", *AUTHOR, "html", "created_at", "edited_at", "reply_to")
FIRST = {"after": "0", "limit": "20"}
TALK = asks(
    *(OF_ITS_MESSAGES, "the first page", "these messages"),
    params={"messages": MESSAGES},
    query=FIRST,
    body={"items": [only(message, *SHOWN, "author.id") for message in MESSAGES], "last_number": 2},
)
NO_TALK = asks(
    *(OF_ITS_MESSAGES, "none", "these messages"),
    params={"messages": [], "topics": [{"id": TREES["id"], "state": "open"}]},
    query=FIRST,
    body={"items": [], "last_number": 0},
)
TALK_GONE = asks(
    *(OF_ITS_MESSAGES, "of a topic that is gone", "these messages"),
    params={"messages": [], "topics": [{"id": TREES["id"], "state": "deleted"}]},
    query=FIRST,
    status=404,
)
TALK_DOWN = asks(OF_ITS_MESSAGES, "without a database", DOWN, query=FIRST, status=503)
MESSAGE = asks(
    *(A_MESSAGE, "a message", "these messages"),
    params={"messages": MESSAGES},
    body=only(OAK, "id", "topic_id", "number", "author.id", *AUTHOR, "body", "html", "created_at"),
    told={"ETag": ENTITY_TAG},
)
ANSWER = asks(
    *(ITS_ANSWER, "one that answers another", "these messages"),
    params={"messages": MESSAGES},
    body=only(ELM, *SHOWN, "topic_id"),
)
NO_MESSAGE = asks(
    *(A_MESSAGE, "one that is gone", "these messages"),
    params={"messages": [OAK | {"deleted": True}, ELM]},
    status=404,
)
NO_TALK_OF_TEA = asks(
    *(f"GET /api/topics/{TEA['id']}/messages", "none of a locked topic", "these messages"),
    params={"messages": [], "topics": [{"id": TEA["id"], "state": "locked"}]},
    query=FIRST,
    body={"items": [], "last_number": 0},
)
MESSAGES_DOWN = asks(A_MESSAGE, "without a database", DOWN, status=503)

PATH = f"GET /topics/{TREES['id']}"
BESIDE = ['kitchen</a> <span class="quiet">1<']
VISITS = [
    Visit(
        *("a topic is shown as it is", "GET /", [ACTIVE, TAGS]),
        [
            f'<a href="/topics/{TEA["id"]}">Tea</a>',
            '<a class="author" href="/users/ada">Ada Lovelace</a>',
            "Bob Beech",
            f'datetime="{TEA["last_activity_at"]}"',
            "<b>2</b> messages",
            *(">Pinned<", ">Locked<", *BESIDE),
        ],
    ),
    Visit(
        *("a topic without messages tells when it was started", "GET /", [QUIET, TAGS]),
        [f'<a href="/topics/{TREES["id"]}">Trees</a>', f'started <time datetime="{TREES["created_at"]}"'],
    ),
    Visit("no topics are not an error", "GET /", [NOTHING, TAGS], ["Nobody has started a topic yet"]),
    Visit("without topics", "GET /", [LIST_DOWN, TAGS], ["Topics cannot be shown right now"], 503),
    Visit("without tags", "GET /", [ACTIVE, TAGS_DOWN], [">Tea</a>"]),
    Visit("the newest", "GET /new", [NEWEST, TAGS], [">Tea</a>", *BESIDE]),
    Visit("the most discussed", "GET /top", [TOP, TAGS], [">Tea</a>", *BESIDE]),
    Visit("how many topics each has", "GET /tags", [TAGS], ["kitchen</a>", "1 topic<"]),
    Visit("its topics", "GET /tags/kitchen", [TAGGED], [">Tea</a>"]),
    Visit(
        *("a topic with its messages", PATH, [TOPIC, TALK]),
        ["<h1>Trees</h1>", TEXT, 'id="m1"', "<p>Oak</p>", "In reply to #1, Ada Lovelace", "Log in to reply"],
    ),
    Visit(
        *("its author may edit it", PATH, [TOPIC, TALK]),
        ["Edit topic", f'href="/messages/{ELM["id"]}/edit"', 'name="body"'],
        person=BOB,
    ),
    Visit(
        *("one that is locked", f"GET /topics/{TEA['id']}", [EDITED_TOPIC, NO_TALK_OF_TEA]),
        [">Pinned<", ">Locked<", ">edited<", "Nobody has answered yet", "This topic is locked"],
    ),
    Visit("nobody has answered", PATH, [TOPIC, NO_TALK], ["Nobody has answered yet"]),
    Visit("one that is gone", PATH, [NO_TOPIC, TALK_GONE], ["There is nothing here"], 404),
    Visit("without topics", PATH, [TOPICS_DOWN, TALK], ["Topics cannot be shown right now"], 503),
    Visit("without messages", PATH, [TOPIC, TALK_DOWN], [TEXT, "Messages cannot be shown right now"]),
    Visit(
        *("where it stands", f"GET /messages/{OAK['id']}", [MESSAGE]),
        leads_to=f"/topics/{TREES['id']}#m1",
    ),
    Visit("gone", f"GET /messages/{OAK['id']}", [NO_MESSAGE], ["There is nothing here"], 404),
    Visit("down", f"GET /messages/{OAK['id']}", [MESSAGES_DOWN], ["Messages cannot be shown"], 503),
    Visit(
        *("what it answers", f"GET /messages/{ELM['id']}/card", [ANSWER, TOPIC, MESSAGE]),
        ["<p>Elm</p>", "In reply to #1, Ada Lovelace"],
    ),
    Visit(
        *("what it answers is gone", f"GET /messages/{ELM['id']}/card", [ANSWER, TOPIC, NO_MESSAGE]),
        ["<p>Elm</p>", "In reply to an earlier message"],
    ),
]
