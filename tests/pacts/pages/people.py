"""People, what somebody wrote, and what moderators do there."""

from functools import partial
from typing import Any

from pacts.exchange import Exchange, Json
from pacts.followed import DOWN
from pacts.made_up import ADA, ADMIN, BOB, MODERATOR, only
from pacts.pages.changing import NOT_ALLOWED
from pacts.pages.finding import BAD_CURSOR, NO_DATABASE, NOTHING, lists_messages
from pacts.pages.reading import TOPIC, lists_topics, page
from pacts.visits import Visit, asks

LISTED = ("username", "display_name", "role", "created_at")
SHOWN = (*LISTED, "id", "bio")
BOB_SUSPENDED = BOB | {"state": "suspended"}


def lists_people(what: str, *people: Json, beginning: str = "", **more: Any) -> Exchange:
    """Those whose usernames begin so."""
    query = {"limit": "20"} | ({"q": beginning} if beginning else {})
    listed = page(*(only(one, *LISTED) for one in people))
    how = {"given": "these people", "params": {"people": people}, "body": listed} | more
    return asks("GET /api/users", what, query=query, **how)


def changes(person: Json, what: str, caller: Json, sent: Json, **more: Any) -> Exchange:
    """The caller changes somebody's role or state."""
    how = {"given": "these people", "params": {"people": [person]}} | more
    return asks(f"PATCH /api/users/{person['username']}", what, caller=caller, sent=sent, **how)


def by(username: str, number: int) -> Json:
    """What somebody wrote, newest first."""
    return {"author": username, "limit": str(number)}


EVERYBODY = lists_people("everybody", ADA, MODERATOR)
SOME = lists_people("those who begin so", ADA, beginning="ad")
NONE = lists_people("nobody", beginning="zz", body=page())
LIST_DOWN = lists_people("without a database", **NO_DATABASE)
NO_PAGE = asks("GET /api/users", "a bad cursor", query={"limit": "20", "cursor": "bad"}, **BAD_CURSOR)

A_PERSON = asks(
    *("GET /api/users/ada", "somebody", "these people"), params={"people": [ADA]}, body=only(ADA, *SHOWN)
)
NOBODY = asks("GET /api/users/ada", "nobody", "there is nothing", status=404)
PERSON_DOWN = asks("GET /api/users/ada", "without a database", DOWN, status=503)
SEEN_SUSPENDED = asks(
    *("GET /api/users/bob", "somebody suspended, for moderators", "these people"),
    params={"people": [BOB_SUSPENDED]},
    caller=MODERATOR,
    body=only(BOB_SUSPENDED, *SHOWN, "state"),
)
SEEN_ADMIN = asks(
    *("GET /api/users/admin", "an administrator, for moderators", "these people"),
    params={"people": [ADMIN]},
    caller=MODERATOR,
    body=only(ADMIN, *SHOWN),
)
SEEN_BY_ADMIN = asks(
    *("GET /api/users/admin", "an administrator, for themselves", "these people"),
    params={"people": [ADMIN]},
    caller=ADMIN,
    body=only(ADMIN, *SHOWN),
)

TOPICS, ALL_TOPICS = (
    lists_topics(f"{number} by somebody", query=by("ada", number) | {"sort": "new"}) for number in (5, 20)
)
MESSAGES, ALL_MESSAGES = (lists_messages(f"{number} by somebody", by("ada", number)) for number in (5, 20))
TOPICS_DOWN, ALL_TOPICS_DOWN = (
    lists_topics(f"{number}, without a database", query=by("ada", number) | {"sort": "new"}, **NO_DATABASE)
    for number in (5, 20)
)
MESSAGES_DOWN, ALL_MESSAGES_DOWN = (
    lists_messages(f"{number}, without a database", by("ada", number), **NO_DATABASE) for number in (5, 20)
)
WROTE_NOTHING = NOTHING | {"body": {"items": []}}
NO_TOPICS, NO_TOPICS_BY_BOB, NO_TOPICS_BY_ADMIN = (
    lists_topics(f"none by {name}", query=by(name, 5) | {"sort": "new"}, **WROTE_NOTHING)
    for name in ("ada", "bob", "admin")
)
NO_MESSAGES, NO_MESSAGES_BY_BOB, NO_MESSAGES_BY_ADMIN = (
    lists_messages(f"none by {name}", by(name, 5), **WROTE_NOTHING) for name in ("ada", "bob", "admin")
)

LET_IN = changes(BOB_SUSPENDED, "let back in", MODERATOR, {"state": "active"})
PUT_OUT = changes(BOB, "suspended", MODERATOR, {"state": "suspended"})
SAFE = changes(ADMIN, "nobody suspends them", MODERATOR, {"state": "suspended"}, **NOT_ALLOWED)
NEW_ROLE = changes(BOB, "another role", ADMIN, {"role": "moderator"})
LAST = changes(ADMIN, "the last one stays", ADMIN, {"role": "member"}, **NOT_ALLOWED)
CHANGE_DOWN = changes(
    ADMIN, "without a database", MODERATOR, {"state": "suspended"}, given=DOWN, params={}, status=503
)

OF_ADMIN = [NO_TOPICS_BY_ADMIN, NO_MESSAGES_BY_ADMIN]
PROFILE, TOPICS_OF_ADA, MESSAGES_OF_ADA = (f"GET /users/ada{tab}" for tab in ("", "/topics", "/messages"))
NOT_HERE = ["Accounts cannot be reached right now, so the profile is missing", "<h1>Ada Lovelace</h1>"]
moderating = partial(Visit, person=MODERATOR)

VISITS = [
    Visit("everybody", "GET /users", [EVERYBODY], [">Ada Lovelace</a>", "@maud", ">Moderator<"]),
    Visit("the beginning of a name", "GET /users?q=ad", [SOME], [">Ada Lovelace</a>"]),
    Visit("nobody", "GET /users?q=zz", [NONE], ["No username begins with"]),
    Visit("a bad cursor", "GET /users?cursor=bad", [NO_PAGE], ["What is wrong."], 400),
    Visit("without users", "GET /users", [LIST_DOWN], ["Accounts cannot be reached"], 503),
    Visit(
        *("what somebody wrote", PROFILE, [A_PERSON, TOPICS, MESSAGES, TOPIC]),
        ["<h1>Ada Lovelace</h1>", "About ada", ">Tea</a>", ">Trees</a>", "Oak</p>"],
    ),
    Visit(
        *("one's own", PROFILE, [A_PERSON, NO_TOPICS, NO_MESSAGES]),
        ["Change your profile", "has started no topic yet", "has written no message yet"],
        person=ADA,
    ),
    Visit("nobody", PROFILE, [NOBODY, NO_TOPICS, NO_MESSAGES], ["There is nothing here"], 404),
    Visit("without users", PROFILE, [PERSON_DOWN, TOPICS, NO_MESSAGES], NOT_HERE),
    Visit(
        *("without the others", PROFILE, [A_PERSON, TOPICS_DOWN, MESSAGES_DOWN]),
        ["Topics cannot be shown", "Messages cannot be shown"],
    ),
    Visit("all of them", TOPICS_OF_ADA, [A_PERSON, ALL_TOPICS], [">Tea</a>"]),
    Visit("without users", TOPICS_OF_ADA, [PERSON_DOWN, ALL_TOPICS], NOT_HERE),
    Visit(
        *("without topics", TOPICS_OF_ADA, [A_PERSON, ALL_TOPICS_DOWN], ["Topics cannot be shown"], 503),
    ),
    Visit("all of them", MESSAGES_OF_ADA, [A_PERSON, ALL_MESSAGES, TOPIC], [">Trees</a>", "Oak</p>"]),
    Visit("without users", MESSAGES_OF_ADA, [PERSON_DOWN, ALL_MESSAGES, TOPIC], NOT_HERE),
    Visit(
        *("without messages", MESSAGES_OF_ADA, [A_PERSON, ALL_MESSAGES_DOWN], ["Messages cannot be"], 503),
    ),
    moderating(
        "somebody suspended",
        "GET /users/bob",
        [SEEN_SUSPENDED, NO_TOPICS_BY_BOB, NO_MESSAGES_BY_BOB],
        ["Suspended<", "Let back in"],
    ),
    moderating(
        "let back in", "POST /users/bob/state", [LET_IN], form={"state": "active"}, leads_to="/users/bob"
    ),
    moderating(
        "suspended", "POST /users/bob/state", [PUT_OUT], form={"state": "suspended"}, leads_to="/users/bob"
    ),
    moderating(
        "an administrator is safe",
        "POST /users/admin/state",
        [SAFE, SEEN_ADMIN, *OF_ADMIN],
        ["What is wrong. Nothing was changed"],
        403,
        form={"state": "suspended"},
    ),
    moderating(
        "without users",
        "POST /users/admin/state",
        [CHANGE_DOWN, SEEN_ADMIN, *OF_ADMIN],
        ["so nothing was changed"],
        503,
        form={"state": "suspended"},
    ),
    moderating(
        "another role",
        "POST /users/bob/role",
        [NEW_ROLE],
        form={"role": "moderator"},
        leads_to="/users/bob",
        person=ADMIN,
    ),
    moderating(
        "the last administrator",
        "POST /users/admin/role",
        [LAST, SEEN_BY_ADMIN, *OF_ADMIN],
        ["What is wrong. Nothing was changed"],
        403,
        form={"role": "member"},
        person=ADMIN,
    ),
]
