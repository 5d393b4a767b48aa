"""The people, topics and messages that the pacts of web tell of, as the API shows them."""

from datetime import timedelta

from pacts.exchange import Json
from pacts.published import BEGAN

SESSION = "01890000-0000-7000-8000-0000000000f1"  # the caller's, and another of theirs
OTHER_SESSION = "01890000-0000-7000-8000-0000000000f2"
VISITOR = "192.0.2.7"  # whose address is nobody's: RFC 5737
PASSWORD = "correct horse battery"  # noqa: S105


def after(seconds: int) -> str:
    """A time as the API writes it."""
    return f"{BEGAN + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%f}Z"


def person(number: int, username: str, display_name: str, role: str = "member") -> Json:
    """A User, active."""
    return {
        "id": f"01890000-0000-7000-8000-0000000000a{number}",
        "username": username,
        "display_name": display_name,
        "bio": f"About {username}",
        "role": role,
        "state": "active",
        "created_at": after(0),
    }


ADA = person(1, "ada", "Ada Lovelace")
BOB = person(2, "bob", "Bob Beech")
MODERATOR = person(3, "maud", "Maud", "moderator")
ADMIN = person(4, "admin", "Root", "admin")

TEA: Json = {
    "id": "01890000-0000-7000-8000-000000000010",
    "title": "Tea",
    "tags": ["kitchen"],
    "author": ADA,
    "last_author": BOB,
    "pinned": True,
    "locked": True,
    "message_count": 2,
    "last_activity_at": "2031-02-03T04:05:06.000007Z",
    "created_at": after(0),
    "edited_at": "2030-05-06T07:08:09.000010Z",
    "body": "Green or *black*?",
    "html": "<p>Green or <em>black</em>?</p>\n",
}
TREES: Json = TEA | {  # as topics has it, nobody has answered
    "id": "01890000-0000-7000-8000-000000000012",
    "title": "Trees",
    "tags": ["garden"],
    "author": BOB,
    "last_author": None,
    "pinned": False,
    "locked": False,
    "message_count": 0,
    "last_activity_at": None,
    "edited_at": None,
}


def message(number: int, author: Json, body: str, **differently: object) -> Json:
    """A message of TREES."""
    return {
        "id": f"01890000-0000-7000-8000-00000000002{number}",
        "topic_id": TREES["id"],
        "number": number,
        "author": author,
        "body": body,
        "html": f"<p>{body}</p>\n",
        "reply_to": None,
        "created_at": after(number - 1),
        "edited_at": None,
    } | differently


OAK = message(1, ADA, "Oak", edited_at="2030-05-06T07:08:09.000010Z")
ELM = message(2, BOB, "Elm", reply_to=OAK["id"])
MESSAGES = [OAK, ELM]


def only(thing: Json, *names: str) -> Json:
    """What a page reads of it; `author.username` is the username of its author."""
    read: Json = {}
    for name in names:
        outer, _, inner = name.partition(".")
        value = thing[outer]
        read[outer] = read.get(outer, {}) | only(value, inner) if inner and value is not None else value
    return read
