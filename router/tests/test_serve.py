"""The command itself, as a process on uvloop: starts, stops, refuses to start."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from toys import DEADLINE, Asked, Toy, answers, echo, free_port, get, talk

Run = Callable[..., Awaitable[Process]]


@pytest.fixture
async def run(toys: dict[str, Toy]) -> AsyncIterator[Run]:
    """Start `python -m router` with a command and settings."""
    started: list[Process] = []

    async def runner(command: str = "serve", **settings: str) -> Process:
        targets = json.dumps({name: [f"127.0.0.1:{toy.port}"] for name, toy in toys.items()})
        environment = {**os.environ, "TARGETS": targets, "SHUTDOWN_SECONDS": "2", **settings}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "router", command, env=environment, stdout=PIPE, stderr=PIPE
        )
        started.append(process)
        return process

    yield runner
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def serving(run: Run, **settings: str) -> tuple[Process, int]:
    """A router that answers from its services."""
    port = free_port()
    process = await run(PORT=str(port), **settings)
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                if (await get(port)).status == 200:
                    return process, port
            except OSError:
                pass
            await asyncio.sleep(0.05)


async def ended(process: Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(DEADLINE):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_sigterm_finishes_what_is_in_flight(run: Run, toys: dict[str, Toy]) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(asked: Asked, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await go.wait()
        await echo(asked, "users", writer)

    toys["users"].answer = slow
    process, port = await serving(run)
    answering = asyncio.create_task(talk(port, b"GET /api/users HTTP/1.1\r\nHost: a\r\n\r\n"))
    await begun.wait()
    process.send_signal(signal.SIGTERM)
    with suppress(ConnectionError):
        async with asyncio.timeout(DEADLINE):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
    go.set()
    (answer,) = answers(await answering)
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert (await ended(process))[0] == 0


async def test_sigterm_ends_streams_and_idle_connections_at_once(run: Run, toys: dict[str, Toy]) -> None:
    async def stream(_: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        await reader.read()

    toys["messages"].answer = stream
    process, port = await serving(run, SHUTDOWN_SECONDS="60")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/messages HTTP/1.1\r\nHost: a\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    _, idle = await asyncio.open_connection("127.0.0.1", port)
    process.send_signal(signal.SIGINT)
    assert (await ended(process))[0] == 0
    writer.close()
    idle.close()


async def test_what_does_not_finish_in_time_is_cut(run: Run, toys: dict[str, Toy]) -> None:
    begun = asyncio.Event()

    async def never(_: Asked, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        begun.set()
        await reader.read()

    toys["users"].answer = never
    process, port = await serving(run, SHUTDOWN_SECONDS="0.2")
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/users HTTP/1.1\r\nHost: a\r\n\r\n")
    await begun.wait()
    process.send_signal(signal.SIGTERM)
    assert (await ended(process))[0] == 0
    writer.close()


async def test_each_request_is_a_line_of_json_without_its_query(run: Run) -> None:
    process, port = await serving(run)
    await get(port, '/api/users/a"b?password=x')
    await get(port, "/api/users/anna?password=x")
    await talk(port, b"nonsense\r\n\r\n")
    process.send_signal(signal.SIGTERM)
    _, out, err = await ended(process)
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(line["path"], line["status"], line["group"]) for line in lines[-3:]] == [
        ('/api/users/a"b', 404, ""),
        ("/api/users/anna", 200, "users"),
        ("-", 400, ""),
    ]
    assert "password" not in out
    assert err == ""


async def test_a_port_in_use_is_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = await ended(await run(PORT=str(port)))
    assert (code, err) == (
        1,
        f"router: port {port} on 127.0.0.1 is in use; set HOST and PORT to a free one\n",
    )


BAD = {
    "PORT": ("80x", "router: PORT is '80x'; set it to a number from 0 to 65535\n"),
    "SHUTDOWN_SECONDS": ("soon", "router: SHUTDOWN_SECONDS is 'soon'; set it to a number of seconds\n"),
    "LOG_FORMAT": ("xml", "router: LOG_FORMAT is 'xml'; set it to auto, json or text\n"),
    "RULES": (
        "/nowhere",
        "router: /nowhere: cannot be read (No such file or directory); set RULES to the rules file\n",
    ),
    "TARGETS": (
        '{"web": ["a:1"]}',
        "router: TARGETS has no address for messages, topics, users; the rules send requests there\n",
    ),
    "SHARES": (
        "shares.json",
        "router: SHARES needs a group monolith in TARGETS; add its addresses, or unset SHARES\n",
    ),
    "RUNTIME_API": (
        "a b",
        "router: RUNTIME_API is 'a b'; set it to the path of a socket or an address like"
        " ipv4@127.0.0.1:9999\n",
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_setting_that_cannot_be_is_one_line(run: Run, name: str) -> None:
    value, line = BAD[name]
    code, _, err = await ended(await run(**{name: value}))
    assert (code, err) == (1, line)


@pytest.mark.parametrize(
    "targets", ["", "[]", '{"web": "a:1"}', '{"web": ["a"]}', '{"web": ["a:b"]}', '{"web": [":1"]}']
)
async def test_targets_that_cannot_be_are_one_line(run: Run, targets: str) -> None:
    code, _, err = await ended(await run(TARGETS=targets))
    assert code == 1
    assert err.startswith("router: TARGETS")
    assert err.count("\n") == 1


async def test_the_map_of_haproxy_is_what_the_file_of_shares_says(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "shares.json"
    assert (await ended(await run("haproxy-map")))[1].startswith("users 0\n")
    file.write_text('{"users": 10}')
    assert (await ended(await run("haproxy-map", SHARES=str(file))))[1].startswith("users 10\n")
    file.write_text("[]")
    code, _, err = await ended(await run("haproxy-map", SHARES=str(file)))
    assert (code, err.count("\n")) == (1, 1)
