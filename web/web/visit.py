"""Who visits: the cookies a browser keeps for us, and the calls of the API on its behalf."""

import hashlib
import re
import secrets
import time
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Request, Response

from chassis.callers import address
from web.api import Answer, Down, Json, Refused, call, part_of

KEPT_SECONDS = 30 * 24 * 3600  # as long as a refresh token serves
EARLY_SECONDS = 30  # before its end an access token counts as expired: clocks differ, and forms take a moment
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
ROLES = {"moderator": 1, "admin": 2}
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")  # RFC 6750, section 2.1: fit for a header


class Visit:
    """One request of a browser. `user` is who is logged in: `{id, username, display_name, role}`, as the
    session's cookie has it. Nothing here trusts that cookie: the API checks the token inside."""

    def __init__(self, request: Request) -> None:
        self.request = request
        host, _, port = request.headers.get("host", "").rpartition(":")
        self.secure = (host if port.isdigit() else request.headers.get("host", "")) not in LOOPBACK
        self.origin = f"{self._scheme()}://{request.headers.get('host', '')}"
        self._cookies: dict[str, tuple[str, int | None]] = {}
        self._session = _opened(self._cookie("session"))
        self._csrf = self._cookie("csrf")

    def _scheme(self) -> str:
        """As the browser has it; the router in front says so."""
        return "https" if self.request.headers.get("x-forwarded-proto") == "https" else "http"

    @property
    def user(self) -> Json | None:
        return self._session.get("user")

    @property
    def moderates(self) -> bool:
        return self.user is not None and self.user["role"] in ROLES

    def is_author_of(self, thing: Json) -> bool:
        """Whether who visits wrote this topic or message."""
        return self.user is not None and bool(thing["author"]["id"] == self.user["id"])

    @property
    def csrf(self) -> str:
        """What every form carries, and the browser in a cookie that no other site can read or set."""
        if not self._csrf:
            self._csrf = secrets.token_urlsafe(24)
            self._keep("csrf", self._csrf, KEPT_SECONDS)
        return self._csrf

    def sent_by_our_form(self, token: str) -> bool:
        """Whether a form came with the token that the browser keeps."""
        kept = self._cookie("csrf")
        return bool(kept) and secrets.compare_digest(kept.encode(), token.encode())

    async def read(self, path: str, **params: object) -> Answer:
        """What anyone may read. Raises Refused or Down."""
        if self._stranded and part_of(path) == "users":
            raise Down("users")
        given = {name: value for name, value in params.items() if value is not None}
        return await call(self._transport, "GET", path, params=given, headers=self._from())

    async def ask(
        self,
        method: str,
        path: str,
        json: Json | None = None,
        *,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Asks as whoever is logged in; once more with a new token when this one is no longer good. Raises
        Refused or Down, Refused with 401 when nobody is logged in or the session has ended."""
        try:
            return await self._call(method, path, json, params, headers)
        except Refused as refused:
            if refused.code != "unauthorized" or self.user is None:
                raise
        await self._refresh()
        return await self._call(method, path, json, params, headers)

    async def _call(
        self,
        method: str,
        path: str,
        json: Json | None,
        params: Mapping[str, object] | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        access = self._session.get("access")
        if self._stranded:
            raise Down("users")
        token = {"Authorization": f"Bearer {access}"} if access else {}
        sent = {**self._from(), **token, **(headers or {})}
        return await call(self._transport, method, path, params=params, json=json, headers=sent)

    @property
    def vouched(self) -> dict[str, str]:
        """Headers with which users believes where the browser is: our key comes with them."""
        key = b64encode(f"web:{self.request.app.state.caller_key}".encode()).decode()
        return {"Authorization": f"Basic {key}", "Visitor-Address": _plain(address(self.request))}

    @property
    def _stranded(self) -> bool:
        """Whether the session could not be renewed, since users does not answer: who reads waited once."""
        return self.user is not None and "access" not in self._session

    async def renew(self) -> None:
        """Gets a new pair of tokens when the present access token is about to end."""
        if self.user is not None and self._session["until"] <= time.time():
            await self._refresh()

    async def _refresh(self) -> None:
        """Two tabs that come at once, or again after an answer that was lost, get the same pair. That answer
        may be hours old: `ask` notices."""
        refresh = self._session["refresh"]
        key = hashlib.sha256(refresh.encode()).hexdigest()
        try:
            session = await call(
                self._transport,
                "POST",
                "/api/sessions/refresh",
                json={"refresh_token": refresh},
                headers={**self._from(), "Idempotency-Key": key},
            )
        except Refused as refused:
            self.end()
            self.tell("barred" if refused.code == "suspended" else "ended")
        except Down:
            self._session.pop("access", None)
        else:
            self.begin(session)

    def begin(self, session: Json) -> None:
        """From now on the browser is logged in: `session` is the API's Session."""
        user = {name: session["user"][name] for name in ("id", "username", "display_name", "role")}
        self._session = {
            "access": session["access_token"],
            "refresh": session["refresh_token"],
            "until": time.time() + session["expires_in"] - EARLY_SECONDS,
            "user": user,
        }
        self._keep_session()

    def rename(self, display_name: str) -> None:
        """The cookie's copy of the name, so that the next page has it right."""
        if self.user is not None:
            self.user["display_name"] = display_name
            self._keep_session()

    def end(self) -> None:
        """From now on the browser is not logged in."""
        self._session = {}
        self._keep("session", "", 0)

    def tell(self, notice: str) -> None:
        """The next page that is shown says so; `notice` is a name of notices.html."""
        self._keep("notice", notice, 60)

    def told(self) -> str:
        """What the page before left to be said, once."""
        notice, _ = self._cookies.pop("notice", (self._cookie("notice"), None))
        if self._cookie("notice"):
            self._keep("notice", "", 0)
        return notice

    def save(self, response: Response) -> None:
        """Gives the browser what it is to keep."""
        for name, (value, seconds) in self._cookies.items():
            response.set_cookie(
                self._name(name), value, max_age=seconds, httponly=True, samesite="lax", secure=self.secure
            )

    @property
    def _transport(self) -> Any:
        return self.request.app.state.api

    def _from(self) -> dict[str, str]:
        """What the browser calls itself."""
        return {"User-Agent": _plain(self.request.headers.get("user-agent", ""))}

    def _keep_session(self) -> None:
        self._keep("session", urlsafe_b64encode(orjson.dumps(self._session)).decode(), KEPT_SECONDS)

    def _keep(self, name: str, value: str, seconds: int | None) -> None:
        self._cookies[name] = (value, seconds)

    def _cookie(self, name: str) -> str:
        return str(self.request.cookies.get(self._name(name), ""))

    def _name(self, name: str) -> str:
        """`__Host-` keeps other hosts of the domain from setting it (RFC 6265bis); it needs https."""
        return f"__Host-{name}" if self.secure else name


def _plain(text: str) -> str:
    """Fit for a header of ours, whatever stood in one of theirs."""
    return text.encode("ascii", "replace").decode()


def _opened(cookie: str) -> Json:
    """The session inside, or nothing for what we did not write."""
    try:
        session = orjson.loads(urlsafe_b64decode(cookie))
        user = {name: str(session["user"][name]) for name in ("id", "username", "display_name", "role")}
        until = float(session["until"])
        access, refresh = str(session["access"]), str(session["refresh"])
    except (ValueError, KeyError, TypeError):
        return {}
    ours = _TOKEN.fullmatch(access) and _TOKEN.fullmatch(refresh)
    return {"access": access, "refresh": refresh, "until": until, "user": user} if ours else {}
