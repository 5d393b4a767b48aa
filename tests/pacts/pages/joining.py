"""Registering, logging in, going on with a session, and logging out."""

from functools import partial
from typing import Any

from pact import match
from pacts.exchange import Exchange, Json
from pacts.followed import DOWN
from pacts.made_up import ADA, PASSWORD, VISITOR, only
from pacts.visits import ENDED, ONCE, REFRESH, Visit, asks, problem

WITH_PASSWORD = {"password": PASSWORD}
KNOWN: Json = {"params": {"people": [ADA | WITH_PASSWORD]}}
NOBODY: Json = {"params": {"people": []}}  # but who calls
SUSPENDED = ADA | {"state": "suspended"}
CREDENTIALS = {"username": "ada", "password": PASSWORD}
NEW = CREDENTIALS | {"display_name": "Ada Lovelace"}
WRONG = {"username": "a", "password": "short", "display_name": "x" * 61}
ACCOUNTS_DOWN = ["Accounts cannot be reached right now"]


def registers(what: str, given: str, sent: Json = NEW, **more: Any) -> Exchange:
    """Somebody new."""
    return asks("POST /api/users", what, given, sent=sent, headers=ONCE, **more)


def logs_in(what: str, given: str, **more: Any) -> Exchange:
    """Somebody with username and password. users believes web where they are."""
    how = {"auth": ("web", "web-key"), "headers": {"Visitor-Address": VISITOR}} | more
    return asks("POST /api/sessions", what, given, sent=CREDENTIALS, **how)


def goes_on(what: str, given: str, **more: Any) -> Exchange:
    """Somebody whose access token serves no longer."""
    sent = {"refresh_token": REFRESH}
    return asks("POST /api/sessions/refresh", what, given, sent=sent, headers=ONCE, **more)


SESSION: Json = {
    "access_token": match.regex("access", regex="^[A-Za-z0-9._~+/=-]+$"),
    "refresh_token": match.regex("refresh", regex="^.+$"),
    "expires_in": match.int(600),
    "user": only(ADA, "id", "username", "display_name", "role"),
}
REGISTERED = registers("somebody", "there is nothing", status=201)
TAKEN = registers("a taken name", "these people", **KNOWN, status=409, body=problem("username_taken"))
UNFIT = registers("what does not fit", "there is nothing", WRONG, status=422, body=problem(fields=[*WRONG]))
NOT_REGISTERED = registers("without a database", DOWN, status=503)

LOGGED_IN = logs_in("the right password", "these people", **KNOWN, status=201, body=SESSION)
GUESSED = logs_in("a wrong password", "there is nothing", status=401, body=problem("bad_credentials"))
KEPT_OUT = logs_in(
    *("somebody suspended", "these people"),
    params={"people": [SUSPENDED | WITH_PASSWORD]},
    status=403,
    body=problem("suspended"),
)
TOO_OFTEN = logs_in(
    *("after ten failures", "too many have guessed"),
    params={"username": "ada", "address": VISITOR},
    status=429,
    body=problem("too_many_failures"),
    told={"Retry-After": match.regex("840", regex="^[0-9]+$")},
)
NOT_LOGGED_IN = logs_in("without a database", DOWN, status=503)

GONE_ON = goes_on("a session", "these people", params={"people": [], "caller": ADA}, body=SESSION)
OVER = goes_on("one that has ended", "there is nothing", status=401)
STOPPED = goes_on(
    *("somebody suspended", "these people"),
    params={"people": [], "caller": SUSPENDED},
    status=403,
    body=problem("suspended"),
)
NOT_GONE_ON = goes_on("without a database", DOWN, status=503)

ME = asks(
    *("GET /api/users/me", "who is logged in", "these people"),
    **NOBODY,
    caller=ADA,
    body=only(ADA, "display_name", "bio"),
)
ME_ENDED = asks("GET /api/users/me", "a token that has ended", "these people", **NOBODY | ENDED)
ME_AS_NOBODY = asks("GET /api/users/me", "no token", "there is nothing", status=401)
ME_DOWN = asks("GET /api/users/me", "without a database", DOWN, caller=ADA, status=503)

LOG_OUT = "DELETE /api/sessions/current"
LOGGED_OUT = asks(LOG_OUT, "a session", "these people", **NOBODY, caller=ADA, status=204)
NOT_LOGGED_OUT = asks(LOG_OUT, "without a database", DOWN, caller=ADA, status=503)

registering = partial(Visit, page="POST /register", form=NEW)
logging_in = partial(Visit, page="POST /login", form=CREDENTIALS)
visiting = partial(Visit, page="GET /settings", person=ADA)

VISITS = [
    registering("somebody new", answers=[REGISTERED, LOGGED_IN], leads_to="/"),
    registering("a taken name", answers=[TAKEN], says=["Somebody has this username already"], status=409),
    registering(
        "what does not fit",
        answers=[UNFIT],
        says=["not a username as described", "password is too short or too long", "name is too long"],
        status=422,
        form=WRONG,
    ),
    registering("without users", answers=[NOT_REGISTERED], says=ACCOUNTS_DOWN, status=503),
    registering(
        "users goes down meanwhile", answers=[REGISTERED, NOT_LOGGED_IN], says=["<h1>Log in"], status=503
    ),
    logging_in("the right password", answers=[LOGGED_IN], leads_to="/"),
    logging_in("a wrong password", answers=[GUESSED], says=["the password is not right"], status=401),
    logging_in("somebody suspended", answers=[KEPT_OUT], says=["This account is suspended"], status=403),
    logging_in("after ten failures", answers=[TOO_OFTEN], says=["Please wait 14 minutes"], status=429),
    logging_in("without users", answers=[NOT_LOGGED_IN], says=ACCOUNTS_DOWN, status=503),
    visiting("a session", answers=[ME], says=['value="Ada Lovelace"', "About ada"]),
    visiting("a session goes on", answers=[GONE_ON, ME], says=["About ada"], seconds=-1),
    visiting("a token that has ended", answers=[ME_ENDED, GONE_ON, ME], says=["About ada"], access="ended"),
    visiting(
        "a session that has ended",
        answers=[ME_ENDED, OVER, ME_AS_NOBODY],
        leads_to="/login?next=/settings",
        access="ended",
    ),
    visiting("users cannot tell", answers=[NOT_GONE_ON], says=ACCOUNTS_DOWN, status=503, seconds=-1),
    visiting("without users", answers=[ME_DOWN], says=["Accounts cannot be reached"], status=503),
    visiting("somebody was suspended", page="GET /login", answers=[STOPPED], says=["suspended"], seconds=-1),
    visiting("out", page="POST /logout", answers=[LOGGED_OUT], leads_to="/"),
    visiting("without users", page="POST /logout", answers=[NOT_LOGGED_OUT], leads_to="/"),
    Visit("asks for nothing", "GET /register", [], ["<h1>Register"]),
]
