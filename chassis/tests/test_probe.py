"""`python -m chassis.probe` tells an application that is ready from everything else."""

import asyncio
import os
import socket
import sys
import time

import pytest

READY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
DRAINING = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"


async def probed(port: int) -> tuple[int | None, str]:
    """Its exit status and what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chassis.probe",
        env=os.environ | {"PORT": str(port)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    return process.returncode, said.decode()


async def answered(answer: bytes) -> tuple[int | None, str]:
    """The same of somebody who gives that answer to /health/ready."""
    asked: list[bytes] = []

    async def give(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(give, "127.0.0.1", 0)
    async with server:
        found = await probed(server.sockets[0].getsockname()[1])
    assert asked[0].startswith(b"GET /health/ready HTTP/1.1\r\nHost: ")
    return found


async def test_who_is_ready_is() -> None:
    assert await answered(READY) == (0, "")


async def test_who_drains_is_not() -> None:
    code, said = await answered(DRAINING)
    assert (code, said[-12:]) == (1, "answers 503\n")


@pytest.mark.parametrize("answer", [b"", b"hello\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 x\r\n\r\n"])
async def test_what_is_not_http_is_not(answer: bytes) -> None:
    code, said = await answered(answer)
    assert (code, said[-10:]) == (1, "answers 0\n")


async def test_nobody_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code, said = await probed(port)
    assert code == 1
    assert said.startswith(f"nobody answers on port {port}: ")


async def test_who_takes_the_connection_and_is_silent_is_not() -> None:
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, said = await probed(silent.getsockname()[1])
    assert (code, "timed out" in said) == (1, True)
    assert time.monotonic() - began < 10
