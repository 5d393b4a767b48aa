"""The API is reached alike over HTTP and in the same process."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

import web.transport
from web.transport import InProcess, OverHttp, Transport, Unreachable


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what it was asked; `/slow` never does."""
    if scope["path"] == "/slow":
        await asyncio.sleep(60)
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    asked: dict[str, Any] = {
        "method": scope["method"],
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "body": body.decode(),
        "x-request-id": [value.decode() for name, value in scope["headers"] if name == b"x-request-id"],
    }
    await send({"type": "http.response.start", "status": 418, "headers": [(b"etag", b'"1"')]})
    await send({"type": "http.response.body", "body": orjson.dumps(asked), "more_body": True})
    await send({"type": "http.response.body", "body": b"\n"})


@asynccontextmanager
async def over_http() -> AsyncIterator[Transport]:
    listening = socket.create_server(("127.0.0.1", 0))  # so that requests wait until it serves
    server = uvicorn.Server(uvicorn.Config(echo, log_level="critical", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve([listening]))
    async with aclosing(OverHttp(f"http://127.0.0.1:{listening.getsockname()[1]}")) as transport:
        yield transport
    server.force_exit = server.should_exit = True
    await serving


@asynccontextmanager
async def in_process() -> AsyncIterator[Transport]:
    yield InProcess(echo)


BOTH = pytest.mark.parametrize("reached", [over_http, in_process])


@BOTH
async def test_a_request_arrives_as_it_was_meant(reached: Any) -> None:
    async with reached() as transport:
        status, headers, content = await transport(
            "PATCH", "/api/x%3Fy/%C3%A9?q=a%2Bb&tag=%26", {"X-Request-ID": "a-1"}, "{1}é".encode()
        )
    assert (status, headers["ETag"]) == (418, '"1"')
    asked = orjson.loads(content)
    assert asked == {
        "x-request-id": ["a-1"],
        "method": "PATCH",
        "path": "/api/x?y/é",
        "raw_path": "/api/x%3Fy/%C3%A9",
        "query": "q=a%2Bb&tag=%26",
        "body": "{1}é",
    }


@BOTH
async def test_an_answer_that_does_not_come_is_not_waited_for(
    reached: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.transport, "SECONDS", 0.1)
    async with reached() as transport, asyncio.timeout(5):
        with pytest.raises(Unreachable):
            await transport("GET", "/slow", {}, None)


async def test_nobody_there_is_no_answer() -> None:
    async with aclosing(OverHttp("http://127.0.0.1:1")) as transport:
        with pytest.raises(Unreachable):
            await transport("GET", "/", {}, None)
