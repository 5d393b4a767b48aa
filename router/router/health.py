"""Active health checks: GET /health/ready of every target, again and again."""

import asyncio
import random

from router.targets import Target

TIMEOUT = 2.0  # a busy service answers late; three late answers in a row are needed to lose it
FALL = 3
IMPATIENT = 0.2  # between checks of a target that is not healthy


async def watch(target: Target, interval: float) -> None:
    """Check one target for ever. One good answer makes it healthy; a refused connection, an answer other than
    200 (so a service says that it is leaving) or three answers that came too late end that."""
    while True:
        try:
            async with asyncio.timeout(TIMEOUT):  # wait_for may swallow a cancellation before Python 3.12
                healthy = await _ready(target)
            target.failures = 0
            target.healthy = healthy
        except TimeoutError:
            target.failures += 1
            target.healthy = target.healthy and target.failures < FALL
        except OSError:
            target.healthy = False
        pause = interval if target.healthy else min(interval, IMPATIENT)
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - jitter


async def _ready(target: Target) -> bool:
    reader, writer = await asyncio.open_connection(target.host, target.port)
    try:
        host = f"{target.host}:{target.port}"
        writer.write(f"GET /health/ready HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
        return line.startswith(b"HTTP/1.") and line[8:13] == b" 200 "
    finally:
        writer.close()
