"""Editing and deleting topics and messages, and what moderators do with topics."""

from functools import partial
from typing import Any

from pacts.exchange import Exchange, Json
from pacts.made_up import ADA, BOB, ELM, MESSAGES, MODERATOR, OAK, TREES
from pacts.pages.reading import MESSAGE, TOPIC
from pacts.pages.writing import NO_DATABASE, START, TOPIC_PATH, UNFIT, topic_of
from pacts.visits import Visit, asks, problem

MESSAGE_PATH = f"/messages/{OAK['id']}"
EDIT = {"body": "Holly"}
EMPTY = {"body": ""}
READ: Json = {"If-Match": '"1-0a"'}
READ_BEFORE: Json = {"If-Match": '"0-0a"'}
CONFLICT: Json = {"headers": READ_BEFORE, "status": 412, "body": problem("precondition_failed")}
NOT_THEIRS: Json = {"status": 403, "body": problem("forbidden")}
NOT_ALLOWED: Json = {"status": 403, "body": problem()}


def with_topic(method: str, what: str, given: str = "these topics", **more: Any) -> Exchange:
    """Bob does something with TREES, which he started."""
    how = {"params": {"topics": [TREES]}, "caller": BOB} | more
    return asks(f"{method} /api{TOPIC_PATH}", what, given, **how)


def with_message(method: str, what: str, given: str = "these messages", **more: Any) -> Exchange:
    """Ada does something with OAK, which she wrote."""
    how = {"params": {"messages": MESSAGES}, "caller": ADA} | more
    return asks(f"{method} /api{MESSAGE_PATH}", what, given, **how)


edits_topic = partial(with_topic, "PATCH", sent=topic_of(START), headers=READ)
edits_message = partial(with_message, "PATCH", sent=EDIT, headers=READ)
moderates = partial(with_topic, "PATCH", caller=MODERATOR)
NO_TOPICS: Json = {"params": {"topics": []}, "status": 404}
NO_MESSAGE: Json = {"params": {"messages": [OAK | {"deleted": True}, ELM]}, "status": 404}

editing_topic = partial(Visit, page=f"POST {TOPIC_PATH}/edit", person=BOB)
editing_message = partial(Visit, page=f"POST {MESSAGE_PATH}/edit", person=ADA)
deleting_topic = partial(Visit, page=f"POST {TOPIC_PATH}/delete", person=BOB)
deleting_message = partial(Visit, page=f"POST {MESSAGE_PATH}/delete", person=ADA)
moderating = partial(Visit, page=f"POST {TOPIC_PATH}/moderate", person=MODERATOR)

NEW_TOPIC, UNFIT_TOPIC, OLD_TOPIC = (
    form | {"version": version} for form, version in [(START, '"1-0a"'), (UNFIT, '"1-0a"'), (START, '"0-0a"')]
)
NEW_TEXT, NO_TEXT, OLD_TEXT = (
    form | {"version": version} for form, version in [(EDIT, '"1-0a"'), (EMPTY, '"1-0a"'), (EDIT, '"0-0a"')]
)
CHANGED = ["Somebody changed this while you were writing", "What it says now"]
THEIRS = ["Somebody else wrote this"]
LOST = ["There is nothing here"]

TOPICS = [
    Visit(
        *("as it is", f"GET {TOPIC_PATH}/edit", [TOPIC], ['value="Trees"', "garden", "1-0a"]),
        person=BOB,
    ),
    editing_topic("another text", answers=[edits_topic("its author")], form=NEW_TOPIC, leads_to=TOPIC_PATH),
    editing_topic(
        "somebody was first",
        answers=[edits_topic("one that was edited", **CONFLICT), TOPIC],
        says=[*CHANGED, "<b>Trees</b>"],
        status=412,
        form=OLD_TOPIC,
    ),
    editing_topic(
        "what does not fit",
        answers=[
            edits_topic("what does not fit", sent=topic_of(UNFIT), status=422, body=problem(fields=[*UNFIT]))
        ],
        says=["A title has 1 to 200 characters", "Please write something", "At most five tags"],
        status=422,
        form=UNFIT_TOPIC,
    ),
    editing_topic(
        "somebody else's",
        answers=[edits_topic("somebody else", caller=ADA, **NOT_THEIRS)],
        says=THEIRS,
        status=403,
        form=NEW_TOPIC,
    ),
    editing_topic(
        "one that is gone", answers=[edits_topic("none", **NO_TOPICS)], says=LOST, status=404, form=NEW_TOPIC
    ),
    editing_topic(
        "without topics",
        answers=[edits_topic("without a database", **NO_DATABASE)],
        says=["Topics cannot be reached"],
        status=503,
        form=NEW_TOPIC,
    ),
    Visit(
        *("what it is", f"GET {TOPIC_PATH}/delete", [TOPIC], ["<b>Trees</b>", "Green or", "Bob Beech"]),
        person=BOB,
    ),
    deleting_topic("its own", answers=[with_topic("DELETE", "its author", status=204)], leads_to="/"),
    deleting_topic("one that is gone", answers=[with_topic("DELETE", "none", **NO_TOPICS)], leads_to="/"),
    deleting_topic(
        "somebody else's",
        answers=[with_topic("DELETE", "somebody else", caller=ADA, **NOT_ALLOWED)],
        says=["That is not possible", "What is wrong"],
        status=403,
    ),
    deleting_topic(
        "without topics",
        answers=[with_topic("DELETE", "without a database", **NO_DATABASE)],
        says=["Topics cannot be"],
        status=503,
    ),
    moderating(
        "pin it",
        answers=[moderates("pinned", sent={"pinned": True})],
        form={"pinned": "1"},
        leads_to=TOPIC_PATH,
    ),
    moderating(
        "unlock it",
        answers=[moderates("unlocked", sent={"locked": False})],
        form={"locked": ""},
        leads_to=TOPIC_PATH,
    ),
    moderating(
        "somebody who may not",
        answers=[moderates("its author may not", caller=BOB, sent={"locked": True}, **NOT_ALLOWED)],
        says=["That is not possible", "What is wrong"],
        status=403,
        form={"locked": "1"},
    ),
]
MESSAGES_OF_ADA = [
    Visit(*("as it is", f"GET {MESSAGE_PATH}/edit", [MESSAGE], ["Oak</textarea>", "1-0a"]), person=ADA),
    editing_message(
        "another text",
        answers=[edits_message("its author", body={"topic_id": TREES["id"], "number": 1})],
        form=NEW_TEXT,
        leads_to=f"{TOPIC_PATH}#m1",
    ),
    editing_message(
        "somebody was first",
        answers=[edits_message("one that was edited", **CONFLICT), MESSAGE],
        says=[*CHANGED, "Oak</pre>"],
        status=412,
        form=OLD_TEXT,
    ),
    editing_message(
        "nothing",
        answers=[edits_message("nothing", sent=EMPTY, status=422, body=problem(fields=["body"]))],
        says=["Please write something"],
        status=422,
        form=NO_TEXT,
    ),
    editing_message(
        "somebody else's",
        answers=[edits_message("somebody else", caller=BOB, **NOT_THEIRS)],
        says=THEIRS,
        status=403,
        form=NEW_TEXT,
    ),
    editing_message(
        "one that is gone",
        answers=[edits_message("none", **NO_MESSAGE)],
        says=LOST,
        status=404,
        form=NEW_TEXT,
    ),
    editing_message(
        "without messages",
        answers=[edits_message("without a database", **NO_DATABASE)],
        says=["Messages cannot be reached"],
        status=503,
        form=NEW_TEXT,
    ),
    Visit(
        *("what it is", f"GET {MESSAGE_PATH}/delete", [MESSAGE], ["Oak", "Ada Lovelace", TOPIC_PATH]),
        person=MODERATOR,
    ),
    deleting_message("its own", answers=[with_message("DELETE", "its author", status=204)], leads_to="/"),
    deleting_message(
        "one that is gone", answers=[with_message("DELETE", "none", **NO_MESSAGE)], leads_to="/"
    ),
    deleting_message(
        "somebody else's",
        answers=[with_message("DELETE", "somebody else", caller=BOB, **NOT_ALLOWED)],
        says=["That is not possible", "What is wrong"],
        status=403,
    ),
    deleting_message(
        "without messages",
        answers=[with_message("DELETE", "without a database", **NO_DATABASE)],
        says=["Messages cannot be"],
        status=503,
    ),
]
VISITS = [*TOPICS, *MESSAGES_OF_ADA]
