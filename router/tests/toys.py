"""Toy services that say what they were asked, and a client that sends any bytes."""

import asyncio
import json
import random
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from router.proxy import Proxy

Start = Callable[..., Awaitable[Proxy]]  # of a proxy with some other settings; see conftest.py
DEADLINE = 10.0  # seconds; long enough for a busy machine, and a hang is still found


@dataclass
class Asked:
    """A request as a toy saw it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """The values of a header, each line its own."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


Answer = Callable[[Asked, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(asked: Asked, name: str, writer: asyncio.StreamWriter) -> None:
    """Answer with what was asked, as JSON."""
    shown = {
        "name": name,
        "method": asked.method,
        "target": asked.target,
        "body": asked.body.decode("latin-1"),
    }
    body = json.dumps(shown | {"headers": asked.headers}).encode()
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    writer.write(b"" if asked.method == "HEAD" else body)
    await writer.drain()


@dataclass
class Toy:
    """A service on 127.0.0.1: ready while `ready`, echoing unless `answer` is set. `asked` holds all requests
    but health checks; `connections` is how many they came on."""

    name: str
    ready: bool = True
    answer: Answer | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None] | None] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> Self:
        """Listen; on the same port again after `stop`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Refuse connections and cut those that are open."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()
        if self._tasks:
            await asyncio.wait([task for task in self._tasks if task], timeout=DEADLINE)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        task = asyncio.current_task()
        self._tasks.add(task)
        first = True
        try:
            while (asked := await read_request(reader)) is not None:
                if asked.target == "/health/ready":
                    status = b"200 OK" if self.ready else b"503 Service Unavailable"
                    writer.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
                    return
                self.connections += first
                first = False
                self.asked.append(asked)
                if self.answer is not None:
                    await self.answer(asked, reader, writer)
                else:
                    await echo(asked, self.name, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Asked | None:
    """A request from a proxy that is trusted to write it well; None at the end of the connection."""
    with suppress(asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head[:-4].split("\r\n")
        method, target, _ = line.split(" ")
        headers = [(name, value.strip()) for name, _, value in (entry.partition(":") for entry in fields)]
        asked = Asked(method, target, headers, b"")
        if asked.all("transfer-encoding"):
            while size := int(await reader.readuntil(b"\r\n"), 16):
                asked.body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        elif asked.all("content-length"):
            asked.body = await reader.readexactly(int(asked.all("content-length")[0]))
        return asked
    return None


@dataclass
class Answered:
    """An answer as a client saw it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def shown(self) -> dict[str, object]:
        """What a toy says that it was asked."""
        shown: dict[str, object] = json.loads(self.body)
        return shown


async def talk(port: int, *pieces: bytes, end: bool = False) -> bytes:
    """Send bytes, piece by piece, and read until the router closes; `end`: say that no more will come."""
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        try:
            received = asyncio.ensure_future(reader.read())
            for piece in pieces:
                with suppress(ConnectionError):
                    writer.write(piece)
                    await writer.drain()
                await asyncio.sleep(0)
            if end:
                writer.write_eof()
            return await received
        finally:
            writer.close()


def answers(received: bytes, *methods: str) -> list[Answered]:
    """All answers in what was received, to requests with these methods (GET where none is named). Fails on
    bytes that belong to no answer."""
    found = []
    left = list(methods)
    while received:
        head, separator, received = received.partition(b"\r\n\r\n")
        assert separator, f"no whole head in {head!r}"
        line, *fields = head.decode("latin-1").split("\r\n")
        status = int(line.split(" ")[1])
        if status == 100:
            continue
        headers = {
            name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in fields)
        }
        method = left.pop(0) if left else "GET"
        bodiless = method == "HEAD" or status in (204, 304)
        body, received = (b"", received) if bodiless else split_body(headers, received)
        found.append(Answered(status, headers, body))
    return found


def split_body(headers: dict[str, str], received: bytes) -> tuple[bytes, bytes]:
    """The body of an answer, and what comes after it."""
    if headers.get("transfer-encoding") != "chunked":
        length = int(headers["content-length"]) if "content-length" in headers else len(received)
        assert len(received) >= length, "the body is cut"
        return received[:length], received[length:]
    body = b""
    while True:
        size, _, received = received.partition(b"\r\n")
        chunk, received = received[: int(size, 16)], received[int(size, 16) :]
        assert received.startswith(b"\r\n"), "a chunk is cut"
        received = received[2:]
        if not chunk:
            return body, received
        body += chunk


async def get(port: int, path: str = "/", *headers: str, method: str = "GET", body: bytes = b"") -> Answered:
    """One request on a connection of its own."""
    lines = [f"{method} {path} HTTP/1.1", "Host: forum", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    (answer,) = answers(await talk(port, "\r\n".join([*lines, "", ""]).encode("latin-1") + body), method)
    return answer


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - nothing tells a test when another process is ready
            await asyncio.sleep(0.01)
