"""`forum up`: the whole forum on this machine, until Ctrl-C."""

import asyncio
import contextlib
import os
import signal
from typing import Annotated, Any

import typer

from forum.errors import Refused
from forum.hosting.deployment import Deployment
from forum.hosting.installation import Installation


def up(
    end_with_parent: Annotated[
        bool, typer.Option("--end-with-parent", help="Stop when the process that started this one ends.")
    ] = False,
) -> None:
    """Run the whole forum here, until Ctrl-C.

    Settings, from the environment: TOPOLOGY (split or monolith),
    PORT (8080), HOST (127.0.0.1), DATA_DIR (.forum, as root /var/lib/forum).
    """
    host, port = os.environ.get("HOST") or "127.0.0.1", port_from(os.environ.get("PORT"))
    environ = {**os.environ, "TOPOLOGY": os.environ.get("TOPOLOGY") or "split"}  # not the one that ran last
    forum = Deployment(Installation(environ), host, port, say)
    asyncio.run(until_stopped(forum, os.getppid() if end_with_parent else None))


def port_from(text: str | None) -> int:
    """PORT as a number. Raises Refused for what is none."""
    if not text:
        return 8080
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise Refused(f"PORT is {text!r}: it must be a number from 1 to 65535")
    return int(text)


def say(line: str) -> None:
    """A line for the person who started us, who may have stopped listening."""
    with contextlib.suppress(OSError):
        typer.echo(line)


async def until_stopped(forum: Deployment, parent: int | None) -> None:
    """Run the forum until it fails, a signal asks for its end, or `parent` ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            loop.add_signal_handler(number, stop.set)
    running = asyncio.create_task(forum.run())
    waiting: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait())]
    if parent is not None:
        waiting.append(asyncio.create_task(end_of(parent)))
    await asyncio.wait([running, *waiting], return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        say("Stopping")
    for task in (running, *waiting):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def end_of(parent: int) -> None:
    while True:
        if os.getppid() != parent:
            return
        await asyncio.sleep(0.5)
