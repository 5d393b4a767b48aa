"""Passing a request on to the other side, where the data are that it wants."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
from fastapi import Request
from starlette.responses import StreamingResponse

from chassis.edge import onward_headers
from chassis.problem import Unavailable

MARK = b"passed-on"  # a request that bears it is answered where it arrives: none goes back and forth
SILENT = "The other side of the move does not answer now. Try again in a moment."
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 30.0  # longer than between two heartbeats of a live stream
# Of one connection only (RFC 9110, 7.6.1), or given by whoever answers last.
OF_THIS_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
OF_WHO_ANSWERS_LAST = (b"x-request-id", b"date", b"server", b"access-control-", b"vary")


def was_passed_on(request: Request) -> bool:
    """Whether the other side sent it here."""
    return MARK.decode() in request.headers


class PassingOn:
    """Hands requests to the other side, with their ids, and its answers back, piece by piece as they come.
    `transport` reaches it."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, request: Request, peer: str, body: bytes = b"") -> StreamingResponse:
        """The answer of `peer`; Unavailable when none comes."""
        scope = request.scope
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        method = "HEAD" if scope.get("head") else scope["method"]
        target = httpx.URL(peer).copy_with(raw_path=scope["raw_path"] + query)
        answer = await self._send(method, target, _onward(scope["headers"]), body)
        response = StreamingResponse(_pieces(answer), answer.status_code)
        response.raw_headers = _back(answer.headers.raw)
        return response

    async def look_up(self, peer: str, path: str) -> dict[str, Any] | None:
        """The JSON that a public path of `peer` answers, None for a 404; Unavailable for anything else."""
        answer = await self._send("GET", httpx.URL(peer + path), _onward(()))
        try:
            await answer.aread()
        finally:
            await answer.aclose()
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise Unavailable(SILENT)
        found: dict[str, Any] = answer.json()
        return found

    async def _send(
        self, method: str, target: httpx.URL, headers: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> httpx.Response:
        if self._client is None:  # made here: most applications never need it, and certificates take 20 ms
            timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
            self._client = httpx.AsyncClient(timeout=timeout, trust_env=False, transport=self._transport)
        sent = self._client.build_request(method, target, headers=headers, content=body)
        try:
            return await self._client.send(sent, stream=True)
        except httpx.HTTPError as error:
            raise Unavailable(SILENT) from error

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.aclose()


def _onward(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    ids = {name.lower().encode(): value.encode() for name, value in onward_headers().items()}
    dropped = OF_THIS_CONNECTION | ids.keys() | {b"content-length"}
    return [*((name, value) for name, value in headers if name not in dropped), *ids.items(), (MARK, b"1")]


def _back(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    lowered = ((name.lower(), value) for name, value in headers)
    return [
        (name, value)
        for name, value in lowered
        if name not in OF_THIS_CONNECTION and not name.startswith(OF_WHO_ANSWERS_LAST)
    ]


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()
