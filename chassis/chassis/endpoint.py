"""Routes with the manners of the API: bounded JSON bodies, idempotency keys, one transaction a request.

The order of refusals: 413, 415, 400 here; 401 and 422 in the handler; the rest in operations.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from chassis.database import Queries, Transaction
from chassis.handling import Handler, needs, plain_handler
from chassis.idempotency import Answers
from chassis.ownership import LONGEST_WAIT, Ownership
from chassis.passing import was_passed_on
from chassis.problem import (
    BadRequest,
    IdempotencyKeyReused,
    Invalid,
    NotFound,
    NotHere,
    TooLarge,
    UnsupportedMediaType,
)
from chassis.tokens import Claims, identify

BODY_BYTES = 256 * 1024
THROWN_AWAY_BYTES = 2 * 1024 * 1024


Check = Callable[[Queries, Claims], Awaitable[object]]


def service_router(schema: str, check: Check) -> APIRouter:
    """A router whose routes keep their answers to idempotency keys in `schema`. `check` is Unauthorized for
    the caller of a good token who is nobody any more."""
    members = {"schema": schema, "check": staticmethod(check)}
    return APIRouter(route_class=type("Endpoint", (Endpoint,), members))


class JsonRequest(Request):
    """A request whose body was read within bounds and parsed strictly."""

    raw: bytes
    parsed: Any

    async def body(self) -> bytes:
        """The body as sent."""
        return self.raw

    async def json(self) -> Any:
        """The body parsed."""
        return self.parsed

    @classmethod
    async def read(cls, request: Request) -> "JsonRequest":
        """Reads and parses: TooLarge, UnsupportedMediaType or BadRequest."""
        bounded = cls(request.scope, request.receive)
        bounded.raw = await read_bounded(request)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise UnsupportedMediaType()
        bounded.parsed = parse(bounded.raw)
        return bounded


async def read_bounded(request: Request, most: int = BODY_BYTES) -> bytes:
    """The body, or TooLarge when it is over `most` bytes. Some more than that is read and thrown away: an
    answer that leaves while the body still comes may be lost on its way."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most:
            body += chunk
        elif size > THROWN_AWAY_BYTES:
            raise TooLarge(_too_large(most), headers={"Connection": "close"})
    if size > most:
        raise TooLarge(_too_large(most))
    return bytes(body)


def _too_large(most: int) -> str:
    return f"A request body has at most {most} bytes"


def parse(raw: bytes) -> Any:
    """Strict JSON (RFC 8259: UTF-8, no NaN), nested as deep as Python's parser goes; or BadRequest."""
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise BadRequest("The JSON is nested too deep") from error
    except ValueError as error:  # also UnicodeDecodeError
        raise BadRequest(f"The body is not JSON: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class AskFirst(Exception):
    """Raised by a write that needs what only a peer can tell. The write is rolled back, so that no
    connection is held meanwhile, `ask` is awaited, and the write handled once more."""

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        super().__init__("a peer has to be asked first")
        self.ask = ask


class Endpoint(APIRoute):
    """Routes with simple signatures get a plain handler, others FastAPI's. Writes get a bounded body besides,
    and a POST its idempotency key. While the data of `schema` are elsewhere, requests are passed on to there.
    """

    schema: str
    check: Check

    def get_route_handler(self) -> Handler:
        """The handler that FastAPI calls with every request of this route."""
        handle = plain_handler(self.dependant) or _whole(super().get_route_handler())
        if "GET" in (self.methods or ()):
            return partial(self._read, handle)
        self._has_caller = needs(self.dependant, identify)
        return partial(self._write, handle)

    async def _read(self, handle: Handler, request: Request) -> Response:
        elsewhere = request.app.state.ownership.reads_at(self.schema)
        if elsewhere is None or was_passed_on(request):
            return await handle(request)
        response: Response = await request.app.state.pass_on(request, elsewhere)
        return response

    async def _write(self, handle: Handler, request: Request) -> Response:
        ownership: Ownership = request.app.state.ownership
        goes_on = not was_passed_on(request)
        latest = asyncio.get_running_loop().time() + LONGEST_WAIT
        body = b""
        if self.body_field is not None:
            request = await JsonRequest.read(request)
            body = request.raw
        while True:
            elsewhere = ownership.writes_at(self.schema)
            if elsewhere is not None and goes_on:
                response: Response = await request.app.state.pass_on(request, elsewhere, body)
                return response
            try:
                return await self._write_here(handle, request, body)
            except NotHere:
                await ownership.settled(self.schema, here=not goes_on, until=latest)

    async def _write_here(self, handle: Handler, request: Request, raw: bytes) -> Response:
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        write = handle if key is None else partial(self._write_once, handle, key, raw)
        try:
            response = await _ask_if_need_be(write, request)
        except (RequestValidationError, Invalid, IdempotencyKeyReused, NotFound):
            if self._has_caller:  # a deleted one's 401 comes before 422 and 404
                await self.check(request.app.state.database, await identify(request))
            raise
        request.app.state.wake()
        return response

    async def _write_once(
        self,
        handle: Handler,
        key: str,
        raw: bytes,
        request: Request,
    ) -> Response:
        claims = await identify(request) if self._has_caller else None
        answers: Answers = request.app.state.answers
        scope = answers.scope(self.schema, claims and str(claims.id), request.scope["path"], key)
        async with request.app.state.database.transaction() as transaction:
            earlier = await answers.claim(transaction, self.schema, scope, raw)
            if earlier is not None:
                if claims is not None:
                    await self.check(transaction, claims)
                return earlier
            request.state.transaction = transaction
            response = await handle(request)
            await answers.keep(transaction, self.schema, scope, response)
        return response


def _whole(handle: Handler) -> Handler:
    """FastAPI's handler, which leaves what its dependencies opened to be closed with the request, as one that
    has closed it: so its transaction has ended before the write is handled once more, or woken up for."""

    async def whole(request: Request) -> Response:
        async with AsyncExitStack() as opened:
            request.scope["fastapi_function_astack"] = opened
            return await handle(request)

    return whole


async def _ask_if_need_be(write: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    try:
        return await write(request)
    except AskFirst as unknown:
        await unknown.ask()
        return await write(request)


async def _transaction(request: Request) -> AsyncIterator[Transaction]:
    held: Transaction | None = getattr(request.state, "transaction", None)
    if held is not None:  # opened, and ended, by the idempotency key's route
        yield held
        return
    async with request.app.state.database.transaction() as transaction:
        yield transaction


async def _queries(request: Request) -> Queries:
    held: Transaction | None = getattr(request.state, "transaction", None)
    queries: Queries = held or request.app.state.database
    return queries


Tx = Annotated[Transaction, Depends(_transaction, scope="function")]
"""The transaction of a write of several statements, committed before the response leaves."""

Db = Annotated[Queries, Depends(_queries)]
"""For reads, and for writes of one statement: each statement is its own transaction."""
