"""The processes of a running forum: one that dies is started again; all end together."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from forum.errors import Refused
from forum.hosting import embedded
from forum.hosting.child import Child
from forum.hosting.lifeline import tied

APP_SECONDS = 4.0  # to finish what is in flight; with PostgreSQL's, within the ten that people wait
POSTGRES_SECONDS = 4.0
LONGEST_LOG = 10_000_000  # bytes

T = TypeVar("T")


class Supervisor:
    """Until `settled`, a process that ends is a start that failed; from then on it is started again."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs = logs
        self.say = say
        self.settled = False
        self.postgres: Child | None = None
        self.apps: list[Child] = []
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.trimming = asyncio.create_task(self.trim_logs())

    def run_postgres(self, server: embedded.Server) -> None:
        log = self.logs / "postgres.log"
        self.postgres = Child("PostgreSQL", server.command, log, self.ended, prepare=server.clear_the_way)
        self.postgres.start()

    def run_app(self, name: str, environment: Mapping[str, str]) -> None:
        """Keep `python -m NAME serve` running."""
        command = [sys.executable, "-m", name, "serve"]
        log = self.logs / f"{name}.log"
        child = Child(name, lambda: tied(signal.SIGKILL, command), log, self.ended, environment)
        self.apps.append(child)
        child.start()

    def ended(self, child: Child, reason: str, delay: float) -> None:
        if self.settled:
            self.say(f"{child.name} ended ({reason}); starting it again in {delay:g} s. Its log: {child.log}")
        elif not self.failure.done():
            self.failure.set_exception(
                Refused(
                    f"{child.name} did not start ({reason}): {last_line(child.log)}. Its log: {child.log}"
                )
            )

    async def before_failure(self, work: Awaitable[T]) -> T:
        """The result of `work`, unless a process ends first. Raises Refused then."""
        working = asyncio.ensure_future(work)
        try:
            either: list[asyncio.Future[Any]] = [working, self.failure]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self.failure.done():
                self.failure.result()
            return await working
        finally:
            working.cancel()

    async def stop(self) -> None:
        """End every process: the apps finish what is in flight, then PostgreSQL stops."""
        self.settled = True
        self.trimming.cancel()
        self.failure.cancel()
        await asyncio.gather(*(app.stop(signal.SIGTERM, APP_SECONDS) for app in self.apps))
        if self.postgres is not None:
            await self.postgres.stop(signal.SIGINT, POSTGRES_SECONDS, then=signal.SIGQUIT)

    async def trim_logs(self) -> None:
        """Keep each log below a size, and one before it. Children append, so it can be emptied under them."""
        while True:
            for log in self.logs.glob("*.log"):
                with contextlib.suppress(OSError):
                    if log.stat().st_size > LONGEST_LOG:
                        await asyncio.to_thread(shutil.copyfile, log, log.with_suffix(".log.1"))
                        os.truncate(log, 0)
            await asyncio.sleep(60)


def last_line(log: Path) -> str:
    """The last line of a log, or that it is empty."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"
