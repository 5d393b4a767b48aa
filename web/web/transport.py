"""How a request reaches the public API: over HTTP in the split, in the same process in the monolith."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote

import aiohttp
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message
from yarl import URL

from chassis import traces

SECONDS = 3.0  # the router waits longer; a person would not

Received = tuple[int, Mapping[str, str], bytes]


class Unreachable(Exception):
    """No answer came, or none in time."""


class Transport(Protocol):
    """One request, one answer: status, headers, body. Raises Unreachable."""

    async def __call__(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Received: ...


class OverHttp:
    """To the router at `url`. aiohttp takes a quarter of the time that httpx takes for a call."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def __call__(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Received:
        """See Transport."""
        if self._session is None:  # made here, since it belongs to the loop that runs
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(SECONDS), cookie_jar=aiohttp.DummyCookieJar()
            )
        url = URL(self._url + target, encoded=True)
        sent = dict(headers)
        try:
            with traces.calling(method, self._url + target.partition("?")[0]) as call:
                traces.hand_on(sent)
                async with self._session.request(
                    method, url, headers=sent, data=body, allow_redirects=False
                ) as answer:
                    call.answered(answer.status)
                    return answer.status, answer.headers, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable from error

    async def aclose(self) -> None:
        """Closes its connections."""
        if self._session is not None:
            await self._session.close()


class InProcess:
    """To an application in this process. httpx's transport would take as long as the whole answer does, and
    waits for ever."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Received:
        """See Transport."""
        path, _, query = target.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
            "server": None,
            "client": None,
        }
        coming: list[Message] = [{"type": "http.request", "body": body or b"", "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            return coming.pop() if coming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        try:
            async with asyncio.timeout(SECONDS):
                await self._app(scope, receive, send)
        except TimeoutError as error:
            raise Unreachable from error
        begun, *rest = sent
        return begun["status"], Headers(raw=begun["headers"]), b"".join(part["body"] for part in rest)
