"""One's own profile, password and devices, and leaving."""

from functools import partial
from typing import Any

from pacts.exchange import Exchange, Json
from pacts.made_up import ADA, ADMIN, OTHER_SESSION, PASSWORD, SESSION, only
from pacts.pages.joining import KNOWN, NOBODY, SUSPENDED, WITH_PASSWORD
from pacts.visits import ONCE, TIME, Visit, asks, problem

PROFILE = {"display_name": "Ada King", "bio": "Countess"}
TOO_LONG = {"display_name": "x" * 61, "bio": "x" * 1001}
PASSWORDS = {"current": PASSWORD, "new": "a long walk by the sea"}
GUESSED = PASSWORDS | {"current": "a mere guess"}
SHORT = PASSWORDS | {"new": "short"}
GUESS = {"password": "a mere guess"}


def changes_profile(what: str, sent: Json, caller: Json = ADA, **more: Any) -> Exchange:
    """The caller's name and text."""
    return asks("PATCH /api/users/me", what, "these people", **NOBODY | more, sent=sent, caller=caller)


def changes_password(what: str, sent: Json, **more: Any) -> Exchange:
    """Ada's."""
    path = "POST /api/users/me/password"
    return asks(path, what, "these people", **KNOWN | more, sent=sent, caller=ADA, headers=ONCE)


def leaves(what: str, sent: Json, caller: Json = ADA, **more: Any) -> Exchange:
    """The caller deletes their account."""
    return asks("DELETE /api/users/me", what, "these people", **KNOWN | more, sent=sent, caller=caller)


def ends(session: str, what: str, **more: Any) -> Exchange:
    """Ada logs a device out."""
    return asks(f"DELETE /api/sessions/{session}", what, "these people", **NOBODY | more, caller=ADA)


CHANGED = changes_profile("name and text", PROFILE, body=only(PROFILE, "display_name"))
UNFIT = changes_profile("what does not fit", TOO_LONG, status=422, body=problem(fields=[*TOO_LONG]))
MAY_NOT = changes_profile("somebody suspended", PROFILE, SUSPENDED, status=403, body=problem("suspended"))

ANOTHER = changes_password("another", PASSWORDS, status=204)
NOT_KNOWN = changes_password("the present one is wrong", GUESSED, status=403, body=problem("bad_credentials"))
TOO_SHORT = changes_password("a short one", SHORT, status=422, body=problem(fields=["new"]))

DEVICES = asks(
    *("GET /api/sessions", "two devices", "these people"),
    **NOBODY,
    caller=ADA,
    body={
        "items": [
            {"id": session, "user_agent": agent, "current": current, "created_at": TIME, "last_used_at": TIME}
            for session, agent, current in [(SESSION, "Firefox", True), (OTHER_SESSION, "curl", False)]
        ]
    },
)
ENDED = ends(OTHER_SESSION, "a device", status=204)
ENDED_BEFORE = ends(ADA["id"], "one that is logged out", status=404)

LEFT = leaves("the right password", WITH_PASSWORD, status=204)
NOT_LEFT = leaves("a wrong password", GUESS, status=403, body=problem("bad_credentials"))
NEEDED = leaves(
    *("the last administrator", WITH_PASSWORD, ADMIN),
    params={"people": [ADMIN | WITH_PASSWORD]},
    status=403,
    body=problem("forbidden"),
)

profile = partial(Visit, page="POST /settings", person=ADA, form=PROFILE)
password = partial(Visit, page="POST /settings/password", person=ADA)
device = partial(Visit, person=ADA, leads_to="/settings/devices")
leaving = partial(Visit, page="POST /settings/delete", person=ADA)

VISITS = [
    profile("another name and text", answers=[CHANGED], leads_to="/settings"),
    profile(
        "what does not fit",
        answers=[UNFIT],
        says=["This name is empty or too long", "This text is too long"],
        status=422,
        form=TOO_LONG,
    ),
    profile("somebody suspended", answers=[MAY_NOT], says=["This account is suspended"], status=403),
    password("another", answers=[ANOTHER], form=PASSWORDS, leads_to="/settings/password"),
    password(
        "the present one is wrong",
        answers=[NOT_KNOWN],
        says=["the present one is not right"],
        status=403,
        form=GUESSED,
    ),
    password("a short one", answers=[TOO_SHORT], says=["too short or too long"], status=422, form=SHORT),
    Visit(
        *("this one and another", "GET /settings/devices", [DEVICES], ["Firefox", "curl", "This device"]),
        person=ADA,
    ),
    device("log it out", f"POST /settings/devices/{OTHER_SESSION}", [ENDED]),
    device("one that is logged out", f"POST /settings/devices/{ADA['id']}", [ENDED_BEFORE]),
    leaving("the right password", answers=[LEFT], form=WITH_PASSWORD, leads_to="/"),
    leaving("a wrong password", answers=[NOT_LEFT], says=["is not right"], status=403, form=GUESS),
    leaving(
        "the last administrator",
        answers=[NEEDED],
        says=["You are the last administrator"],
        status=403,
        person=ADMIN,
        form=WITH_PASSWORD,
    ),
    password("asks for nothing", page="GET /settings/password", answers=[], says=["New password"]),
    leaving("asks for nothing", page="GET /settings/delete", answers=[], says=["This cannot be undone"]),
]
