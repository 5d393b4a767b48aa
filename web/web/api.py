"""The public API as pages see it: JSON, refusals, and parts that do not answer."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import orjson

from chassis.edge import onward_headers
from web.transport import Transport, Unreachable

T = TypeVar("T")
U = TypeVar("U")
Json = dict[str, Any]


class ApiError(Exception):
    """What keeps a page from being shown or a form from being done. `errors` maps a field to what is wrong
    with it, `retry_after` is in seconds."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: Mapping[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.retry_after = dict(errors or {}), retry_after


class Refused(ApiError):
    """The API said no: a 4xx with its code."""


class Down(ApiError):
    """A part of the forum does not answer. `part` is users, topics or messages."""

    def __init__(self, part: str) -> None:
        super().__init__(503, "unavailable", f"{part} cannot be reached", retry_after=5)
        self.part = part


class Answer(dict[str, Any]):
    """The JSON of a good answer, with the ETag that it came under."""

    etag = ""


def part_of(path: str) -> str:
    """Which part of the forum answers a path of the API."""
    if path.startswith("/api/messages") or (path.startswith("/api/topics/") and "/messages" in path):
        return "messages"
    return "topics" if path.startswith(("/api/topics", "/api/tags")) else "users"


async def call(
    transport: Transport,
    method: str,
    path: str,
    *,
    params: Mapping[str, object] | None = None,
    json: Json | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The body of a good answer, `{}` where it has none. `path` is what it means: it is encoded here. Raises
    Refused or Down."""
    target = quote(path, safe="/") + (f"?{urlencode(params)}" if params else "")
    sent = {**onward_headers(), **(headers or {})}
    body = None
    if json is not None:
        sent["Content-Type"], body = "application/json", orjson.dumps(json)
    try:
        status, given, content = await transport(method, target, sent, body)
        answer = orjson.loads(content) if content else {}
    except (Unreachable, orjson.JSONDecodeError) as error:
        raise Down(part_of(path)) from error
    if not isinstance(answer, dict) or not (200 <= status < 300 or 400 <= status < 500):
        raise Down(part_of(path))
    if status >= 400:
        errors = {error["field"].split(".")[0]: error["message"] for error in answer.get("errors", ())}
        wait = given.get("Retry-After", "")
        retry_after = int(wait) if wait.isdecimal() else None
        raise Refused(status, answer.get("code", ""), answer.get("detail", ""), errors, retry_after)
    good = Answer(answer)
    good.etag = given.get("ETag", "")
    return good


async def if_up(answer: Awaitable[T]) -> T | None:
    """The answer, or None when that part of the forum is down: for what a page can do without."""
    try:
        return await answer
    except Down:
        return None


async def if_there(answer: Awaitable[T]) -> T | None:
    """The answer, or None when what was asked for is gone or cannot be reached."""
    try:
        return await if_up(answer)
    except Refused as refused:
        if refused.status != 404:
            raise
        return None


async def together(first: Awaitable[T], second: Awaitable[U]) -> tuple[T, U]:
    """Both answers, asked for at once. The first one's error counts before the second's."""
    one, other = await asyncio.gather(first, second, return_exceptions=True)
    if isinstance(one, BaseException):
        raise one
    if isinstance(other, BaseException):
        raise other
    return one, other
