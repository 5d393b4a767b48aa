"""Pages of web as somebody visits them, and the calls of the API that each of them makes."""

import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from pact import generate, match
from pact.match.matcher import AbstractMatcher, GenericMatcher
from pacts.exchange import Exchange, Json

from web.api import part_of

CSRF = "csrf-of-the-browser"
ONCE: Json = {"Idempotency-Key": match.regex("0" * 64, regex="^[0-9a-f]{64}$")}
ENDED: Json = {"headers": {"Authorization": "Bearer ended"}, "status": 401, "body": {"code": "unauthorized"}}
REASON = match.like("What is wrong")
ENTITY_TAG = match.regex('"1-0a"', regex='^"[0-9]+-[0-9a-f]+"$')
TIME = match.regex("2030-01-01T00:00:00.000000Z", regex="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z$")


def in_state(example: str, told: str) -> AbstractMatcher[object]:
    """A value of the provider's own, which it tells when it is brought into the state."""
    return GenericMatcher("regex", example, generate.provider_state(told), regex=f"^{re.escape(example)}$")


REFRESH = in_state("refresh", "${refresh}")
TOKEN = in_state("Bearer access", "Bearer ${token}")


def asks(request: str, what: str, given: str, *, caller: Json | None = None, **more: Any) -> Exchange:
    """Web asks for `GET /api/topics`, which goes to the part of the forum that answers it; with a token when
    there is a `caller`."""
    method, path = request.split()
    if caller:
        more["headers"] = {"Authorization": TOKEN} | more.get("headers", {})
        more["params"] = more.get("params", {}) | {"caller": caller}
    return Exchange("web", part_of(path), f"{request}: {what}", path, given, method=method, **more)


def problem(code: str = "", fields: Sequence[str] = ()) -> Json:
    """What is read of a refusal: its code, or which fields are wrong, or else what it says."""
    if fields:
        return {"errors": [{"field": name, "message": REASON} for name in fields]}
    return {"code": code} if code else {"detail": REASON}


@dataclass(frozen=True)
class Visit:
    """`person` asks for `page`, as `GET /settings`, or sends `form` there, with a token `access` that serves
    for `seconds`; web gets these answers. Then the page says so, or leads to another."""

    what: str
    page: str
    answers: list[Exchange]
    says: list[str] = field(default_factory=list)
    status: int = 200
    leads_to: str = ""
    person: Json | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    access: str = "access"
    seconds: float = 3600.0

    def __str__(self) -> str:
        return f"{self.page}: {self.what}"

    async def paid_by(self, browser: httpx.AsyncClient) -> httpx.Response:
        """What the browser gets."""
        method, path = self.page.split()
        browser.cookies.set("csrf", CSRF)
        if self.person:
            browser.cookies.set("session", self._session(self.person))
        form = {"csrf": CSRF, **self.form} if method == "POST" else None
        return await browser.request(method, path, data=form)

    def _session(self, person: Json) -> str:
        kept = {
            "access": self.access,
            "refresh": "refresh",
            "until": time.time() + self.seconds,
            "user": person,
        }
        return urlsafe_b64encode(orjson.dumps(kept)).decode()
