"""Answers with ETags (RFC 9110): pages, single things, and the check of If-Match."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Depends, Request, Response

from chassis.problem import PreconditionFailed

JSON = "application/json"
_STARTS = ("after", "cursor")  # query parameters that say where a page begins


def encode(body: Any) -> bytes:
    """JSON; datetimes and UUIDs, asyncpg's own kind too, as strings."""
    return orjson.dumps(body, default=_uuid)


def _uuid(value: object) -> str:
    if isinstance(value, UUID):  # asyncpg's are a subclass, which orjson does not take for one
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def page(
    request: Request, items: Sequence[dict[str, Any]], next_cursor: str | None = None, **fields: Any
) -> Response:
    """`{items, next}` and further `fields`, with an ETag and, when there is more, a Link to the next page; or
    304."""
    body = encode({"items": items, "next": next_cursor} | fields)
    headers = {"ETag": f'"{digest(body)}"'}
    if next_cursor is not None:
        query = [(k, v) for k, v in request.query_params.multi_items() if k not in _STARTS]
        target = f"{request.scope['path']}?{urlencode([*query, ('cursor', next_cursor)])}"
        headers["Link"] = f'<{target}>; rel="next"'
    return _unless_known(request, body, headers)


def listing(request: Request, body: dict[str, Any]) -> Response:
    """A whole list that has no pages, with an ETag; or 304."""
    encoded = encode(body)
    return _unless_known(request, encoded, {"ETag": f'"{digest(encoded)}"'})


def entity(request: Request, body: dict[str, Any], version: int) -> Response:
    """One thing, with the ETag `"{version}-{digest}"`; or 304."""
    encoded = encode(body)
    return _unless_known(request, encoded, {"ETag": _entity_tag(version, encoded)})


def saved(body: dict[str, Any], version: int, *, location: str | None = None) -> Response:
    """What a write answers: 201 with a Location when something came to be, else 200."""
    encoded = encode(body)
    headers = {"ETag": _entity_tag(version, encoded)}
    if location is not None:
        headers["Location"] = location
    return Response(encoded, 200 if location is None else 201, headers, JSON)


def digest(body: bytes) -> str:
    """A short fingerprint of a body; it tells versions apart and protects nothing."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()[:20]


class Expectation:
    """The If-Match of a request: `check(version)` before a write."""

    def __init__(self, header: str | None) -> None:
        self._header = header

    def check(self, version: int) -> None:
        """PreconditionFailed when If-Match names only other versions. Weak tags never match."""
        if self._header is None or self._header.strip() == "*":
            return
        wanted = f'"{version}-'
        if not any(tag.strip().startswith(wanted) for tag in self._header.split(",")):
            raise PreconditionFailed()


async def if_match(request: Request) -> Expectation:
    """The Expectation of this request."""
    return Expectation(request.headers.get("if-match"))


IfMatch = Annotated[Expectation, Depends(if_match)]


def _entity_tag(version: int, encoded: bytes) -> str:
    return f'"{version}-{digest(encoded)}"'


def _unless_known(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    known = request.headers.get("if-none-match")
    if known is not None:
        tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
        if "*" in tags or headers["ETag"] in tags:
            return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, JSON)
