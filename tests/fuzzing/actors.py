"""Who sends the generated requests: people of a role whose accounts may be lost, each followed by another."""

import time
from typing import Any

from forum_client import PASSWORD, Forum, Person
from schemathesis import AuthContext, Case, Response

ROLES = ("anonymous", "member", "moderator", "admin", "suspended")
FRESH_SECONDS = 300.0  # an access token lives twice as long


class Cast:
    """Makes people of any role. The forum's administrator gives the roles, so a request that would mean it
    means `victim` instead."""

    def __init__(self, forum: Forum) -> None:
        assert forum.admin is not None
        self.forum = forum
        self.victim = forum.register("victim").username
        self._admin = forum.log_in(*forum.admin)
        self._fresh_until = time.monotonic() + FRESH_SECONDS

    def somebody(self, role: str) -> Person:
        """A new person of this role, logged in."""
        person = self.forum.register("actor")
        if role == "suspended":
            self._administrator().changes_user(person, state="suspended")
        elif role != "member":
            self._administrator().changes_user(person, role=role)
            person = person.logs_in_again()
        return person

    def _administrator(self) -> Person:
        if time.monotonic() > self._fresh_until:
            self._admin.refreshes()
            self._fresh_until = time.monotonic() + FRESH_SECONDS
        return self._admin

    def spare_the_administrator(self, case: Case[Any]) -> None:
        """Change a request that is about to be sent, if it names the administrator."""
        for values in (case.path_parameters, case.body):
            if (
                isinstance(values, dict)
                and str(values.get("username")).lower() == self._admin.username.lower()
            ):
                values["username"] = self.victim


class Actor:
    """Schemathesis' authentication of one role. Who was suspended, whose session or account has ended
    and whose token gets old is replaced by another."""

    def __init__(self, cast: Cast, role: str) -> None:
        self.role = role
        self._cast = cast
        self._person: Person | None = None
        self._last: Person | None = None
        self._fresh_until = 0.0

    def get(self, case: Case[Any], context: AuthContext) -> str | None:
        """The access token to send; None for the anonymous."""
        if self.role == "anonymous":
            return None
        if self._person is None or time.monotonic() > self._fresh_until:
            self._person = self._again() or self._cast.somebody(self.role)
            self._fresh_until = time.monotonic() + FRESH_SECONDS
        return self._person.token

    def _again(self) -> Person | None:
        """Who was here last, in another session; None if there is no way back to the account or the role."""
        if self._last is None or self.role == "suspended":
            return None
        credentials = {"username": self._last.username, "password": self._last.password}
        answer = self._cast.forum.request("POST", "/api/sessions", json=credentials)
        if answer.status_code != 201 or answer.json()["user"]["role"] != self.role:
            return None
        return Person(self._cast.forum, answer.json(), self._last.password)

    def set(self, case: Case[Any], data: str, context: AuthContext) -> None:
        """Put the token into the request."""
        case.headers["Authorization"] = f"Bearer {data}"

    def hear(self, response: Response) -> None:
        """See from an answer what has become of the person."""
        if self._person is None or response.status_code not in (401, 403):
            return
        sent = response.request.headers.get("Authorization")
        lost = {"unauthorized"} if self.role == "suspended" else {"unauthorized", "suspended"}
        if sent == f"Bearer {self._person.token}" and response.json()["code"] in lost:
            self._last, self._person = self._person, None


WORDS = {
    "dictionaries": {"passwords": {"values": [PASSWORD]}},
    "parameters": {
        f"body.{name}": {"dictionary": "passwords", "probability": 0.4} for name in ("password", "current")
    },
}
"""Schemathesis' settings by which the password that everybody has is tried often enough."""
