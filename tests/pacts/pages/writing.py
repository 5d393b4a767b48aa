"""Starting topics and replying."""

from functools import partial
from typing import Any

from pact import match
from pacts.exchange import Exchange, Json
from pacts.followed import DOWN
from pacts.made_up import ADA, ELM, MESSAGES, OAK, TREES
from pacts.pages.joining import GONE_ON, SUSPENDED
from pacts.pages.reading import MESSAGE, NO_TOPIC, TOPIC
from pacts.visits import ENDED, ONCE, Visit, asks, problem

NEW_ID = "01890000-0000-7000-8000-000000000013"
START = {"title": "Ivy", "body": "On walls", "tags": "garden"}
UNFIT = {"title": " ", "body": "", "tags": "a b c d e f"}
REPLY = {"body": "Ash"}
ANSWER = REPLY | {"reply_to": OAK["id"]}
TOPIC_PATH = f"/topics/{TREES['id']}"
TO_BE_COPIED = "What you wrote is below, to be copied"


def topic_of(form: Json) -> Json:
    """As it is sent."""
    return form | {"tags": form["tags"].split()}


def starts(what: str, given: str = "these topics", form: Json = START, **more: Any) -> Exchange:
    """Ada starts a topic."""
    how = {"params": {"topics": []}, "caller": ADA, "headers": ONCE} | more
    return asks("POST /api/topics", what, given, sent=topic_of(form), **how)


def replies(what: str, given: str = "these messages", form: Json = REPLY, **more: Any) -> Exchange:
    """Ada writes a message of TREES."""
    how = {"params": {"messages": MESSAGES}, "caller": ADA, "headers": ONCE} | more
    sent = {"reply_to": None} | form
    return asks(f"POST /api{TOPIC_PATH}/messages", what, given, sent=sent, **how)


def in_a(state: str) -> Json:
    """TREES is in this state, as messages knows it."""
    return {"messages": [], "topics": [{"id": TREES["id"], "state": state}]}


NO_DATABASE: Json = {"given": DOWN, "params": {}, "status": 503}
NO_LONGER: Json = {"caller": None} | ENDED | {"headers": ENDED["headers"] | ONCE}
AS_SUSPENDED: Json = {"caller": SUSPENDED, "status": 403, "body": problem("suspended")}

STARTED = starts("one", status=201, body={"id": match.uuid(NEW_ID)})
NOT_STARTED = starts("a token that has ended", **NO_LONGER)
MAY_NOT_START = starts("somebody suspended", **AS_SUSPENDED)
UNFIT_TOPIC = starts("what does not fit", form=UNFIT, status=422, body=problem(fields=[*UNFIT]))
START_DOWN = starts("without a database", **NO_DATABASE)

POSTED = replies("an answer", form=ANSWER, status=201, body={"topic_id": TREES["id"], "number": 3})
NOT_POSTED = replies("a token that has ended", form=ANSWER, **NO_LONGER)
MAY_NOT_REPLY = replies("somebody suspended", **AS_SUSPENDED)
LOCKED = replies("a locked topic", params=in_a("locked"), status=409, body=problem("topic_locked"))
GONE = replies("a topic that is gone", params=in_a("deleted"), status=404)
EMPTY = replies("nothing", form={"body": ""}, status=422, body=problem(fields=["body"]))
UNANSWERABLE = replies(
    *("an answer to what is gone", "these messages", ANSWER),
    params={"messages": [OAK | {"deleted": True}, ELM]},
    status=422,
    body=problem(fields=["reply_to"]),
)
REPLY_DOWN = replies("without a database", **NO_DATABASE)

starting = partial(Visit, page="POST /topics/new", person=ADA, form=START)
replying = partial(Visit, page=f"POST {TOPIC_PATH}/reply", person=ADA, form=REPLY)
quoting = partial(Visit, person=ADA)

VISITS = [
    starting("one", answers=[STARTED], leads_to=f"/topics/{NEW_ID}"),
    starting(
        "a token that has ended",
        answers=[NOT_STARTED, GONE_ON, STARTED],
        leads_to=f"/topics/{NEW_ID}",
        access="ended",
    ),
    starting("somebody suspended", answers=[MAY_NOT_START], says=[TO_BE_COPIED], status=403),
    starting(
        "what does not fit",
        answers=[UNFIT_TOPIC],
        says=["A title has 1 to 200 characters", "Please write something", "At most five tags"],
        status=422,
        form=UNFIT,
    ),
    starting("without topics", answers=[START_DOWN], says=["Topics cannot be reached"], status=503),
    quoting(
        "a message",
        f"GET {TOPIC_PATH}/reply?to={OAK['id']}&quote=1",
        [TOPIC, MESSAGE],
        ["Trees</a>", "<p>Oak</p>", "Ada Lovelace wrote:", "> Oak"],
    ),
    quoting("the topic", f"GET {TOPIC_PATH}/reply?quote=1", [TOPIC], ["Bob Beech wrote:", "> Green or"]),
    replying("an answer", answers=[POSTED], form=ANSWER, leads_to=f"{TOPIC_PATH}#m3"),
    replying(
        "a token that has ended",
        answers=[NOT_POSTED, GONE_ON, POSTED],
        form=ANSWER,
        leads_to=f"{TOPIC_PATH}#m3",
        access="ended",
    ),
    replying("somebody suspended", answers=[MAY_NOT_REPLY, TOPIC], says=[TO_BE_COPIED], status=403),
    replying("a locked topic", answers=[LOCKED, TOPIC], says=["This topic was locked"], status=409),
    replying(
        "a topic that is gone", answers=[GONE, NO_TOPIC], says=["What you wrote, to be copied"], status=404
    ),
    replying(
        "nothing", answers=[EMPTY, TOPIC], says=["Please write something"], status=422, form={"body": ""}
    ),
    replying(
        "an answer to what is gone",
        answers=[UNANSWERABLE, TOPIC],
        says=["The message that you answer was deleted"],
        status=422,
        form=ANSWER,
    ),
    replying(
        "without messages", answers=[REPLY_DOWN, TOPIC], says=["Messages cannot be reached"], status=503
    ),
    starting("asks for nothing", page="GET /topics/new", answers=[], says=["Start a topic"]),
    starting("asks for nothing", page="POST /preview", answers=[], says=["<p>On walls</p>"]),
]
