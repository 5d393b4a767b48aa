"""Search, further pages of lists, feeds, the sitemap, and which parts of the forum are up."""

from typing import Any

from pact import match
from pacts.exchange import Exchange, Json
from pacts.followed import DOWN, NEXT
from pacts.made_up import OAK, TEA, TREES, only
from pacts.pages.reading import (
    ACTIVE_ROW,
    AUTHOR,
    LATEST,
    NEWEST,
    NO_TOPIC,
    TAGS,
    TALK,
    TOPIC,
    lists_topics,
    page,
)
from pacts.visits import REASON, Visit, asks, in_state

CURSOR = in_state("next", "${cursor}")
MANY: Json = {"given": "more topics than a page holds", "params": {"like": TEA}}
ANY_TOPIC = ACTIVE_ROW | {"id": match.uuid(TEA["id"])}
MESSAGE_ROW = only(OAK, "id", "topic_id", "number", *AUTHOR, "html", "created_at")


def lists_messages(what: str, query: Json, **more: Any) -> Exchange:
    """A list of one message."""
    how = {"given": "these messages", "params": {"messages": [OAK]}, "body": page(MESSAGE_ROW)} | more
    return asks("GET /api/messages", what, query=query, **how)


def words(q: str) -> Json:
    """A search for them."""
    return {"q": q, "limit": "20"}


NOTHING: Json = {"given": "there is nothing", "params": {}, "body": page()}
NO_DATABASE: Json = {"given": DOWN, "params": {}, "status": 503, "body": None}
BAD_CURSOR: Json = {"given": "there is nothing", "params": {}, "status": 400, "body": {"detail": REASON}}

TOPICS_FOUND = lists_topics("words of a topic", query=words("tea"))
NO_TOPIC_FOUND = lists_topics("words of no topic", query=words("coal"), **NOTHING)
TOPICS_NOT_SEARCHED = lists_topics("words, without a database", query=words("tea"), **NO_DATABASE)
MESSAGES_FOUND = lists_messages("words of a message", words("oak"))
NO_MESSAGE_FOUND = lists_messages("words of no message", words("coal"), **NOTHING)
MESSAGES_NOT_SEARCHED = lists_messages("words, without a database", words("oak"), **NO_DATABASE)

FULL_PAGE = lists_topics(
    "a full page", **MANY, query=LATEST, body={"items": match.each_like(ANY_TOPIC, min=20), "next": NEXT}
)
LAST_PAGE = lists_topics("the page after it", **MANY, query=LATEST | {"cursor": CURSOR}, body=page(ANY_TOPIC))
NO_PAGE = lists_topics("a bad cursor", query=LATEST | {"cursor": "bad"}, **BAD_CURSOR)
NO_PAGE_OF_MESSAGES = lists_messages("a bad cursor", words("oak") | {"cursor": "bad"}, **BAD_CURSOR)

ENTRY = only(TEA, "id", "title", "tags", *AUTHOR, "html", "created_at", "edited_at")
A_TOPIC = asks(
    *(f"GET /api/topics/{TEA['id']}", "one in full", "these topics"), params={"topics": [TEA]}, body=ENTRY
)
NEWEST_OF_TAG = lists_topics(
    "the newest of a tag",
    body={"items": [only(TEA, "id")]},
    query={"tag": "kitchen", "sort": "new", "limit": "20"},
)
MAPPED = lists_topics(
    "for the sitemap", only(TEA, "id", "last_activity_at"), query={"sort": "latest", "limit": "100"}
)

UP = [
    asks("GET /.well-known/jwks.json", "is it up", "there is nothing"),
    asks("GET /api/topics", "is it up", "there is nothing", query={"limit": "1"}),
    asks("GET /api/messages", "is it up", "there is nothing", query={"limit": "1"}),
]
NOT_UP = [
    asks("GET /.well-known/jwks.json", "is it down", DOWN, status=503),
    asks("GET /api/topics", "is it down", DOWN, query={"limit": "1"}, status=503),
    asks("GET /api/messages", "is it down", DOWN, query={"limit": "1"}, status=503),
]

TEA_FOUND, COAL = "GET /search?q=tea", "GET /search?q=coal"
OAK_FOUND, NO_COAL = "GET /search?q=oak&in=messages", "GET /search?q=coal&in=messages"
VISITS = [
    Visit("topics", TEA_FOUND, [TOPICS_FOUND], [">Tea</a>", "Bob Beech"]),
    Visit("no topics", COAL, [NO_TOPIC_FOUND], ["No topic has all of"]),
    Visit("without topics", TEA_FOUND, [TOPICS_NOT_SEARCHED], ["Topics cannot be searched"], 503),
    Visit("messages", OAK_FOUND, [MESSAGES_FOUND, TOPIC], [">Trees</a>", "Oak</p>", "message 1"]),
    Visit("whose topic is gone", OAK_FOUND, [MESSAGES_FOUND, NO_TOPIC], ["In a topic", "Oak</p>"]),
    Visit("no messages", NO_COAL, [NO_MESSAGE_FOUND], ["No message has all of"]),
    Visit("without messages", OAK_FOUND, [MESSAGES_NOT_SEARCHED], ["Messages cannot be searched"], 503),
    Visit("there is more", "GET /", [FULL_PAGE, TAGS], [">Tea</a>", 'href="/?cursor=next">More']),
    Visit("the last of them", "GET /?cursor=next", [LAST_PAGE, TAGS], [">Tea</a>", "To the beginning"]),
    Visit("a bad cursor", "GET /?cursor=bad", [NO_PAGE, TAGS], ["What is wrong."], 400),
    Visit("a bad cursor", f"{OAK_FOUND}&cursor=bad", [NO_PAGE_OF_MESSAGES], ["What is wrong."], 400),
    Visit("the newest topics", "GET /feed.xml", [NEWEST, A_TOPIC], ["<title>Tea</title>", "Green or"]),
    Visit("of a tag", "GET /tags/kitchen/feed.xml", [NEWEST_OF_TAG, A_TOPIC], ["<title>Tea</title>"]),
    Visit(
        *("of a topic", f"GET /topics/{TREES['id']}/feed.xml", [TOPIC, TALK]),
        ["<title>Bob Beech in Trees</title>", "<p>Elm</p>"],
    ),
    Visit("topics", "GET /sitemap.xml", [MAPPED], [TEA["id"], TEA["last_activity_at"]]),
    Visit("all is well", "GET /about", UP, ["All parts are up"]),
    Visit("nothing is", "GET /about", NOT_UP, ["Something is down"]),
    Visit("asks for nothing", "GET /robots.txt", [], ["Disallow: /settings"]),
]
