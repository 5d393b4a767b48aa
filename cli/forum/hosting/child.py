"""A process that is started again whenever it ends."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from forum.errors import Refused

FIRST_DELAY = 0.1  # seconds before it is started again; doubled each time
LONGEST_DELAY = 10.0
LONG_LIFE = 10.0  # having run that long, it starts with the first delay again


async def nothing() -> None:
    """No preparation."""


@dataclass(eq=False)
class Child:
    """`command` gives what to execute (tied to us), `prepare` runs before each start.

    `ended` hears why the process ended and after how many seconds it is started again.
    """

    name: str
    command: Callable[[], list[str]]
    log: Path
    ended: Callable[["Child", str, float], None]
    environment: Mapping[str, str] | None = None
    prepare: Callable[[], Awaitable[None]] = nothing
    process: asyncio.subprocess.Process | None = None
    keeping: asyncio.Task[None] | None = field(default=None, repr=False)

    def start(self) -> None:
        self.keeping = asyncio.create_task(self.keep_running())

    async def keep_running(self) -> None:
        clock = asyncio.get_running_loop().time
        delay = FIRST_DELAY
        while True:
            began = clock()
            reason = await self.run_once()
            delay = FIRST_DELAY if clock() - began > LONG_LIFE else delay
            self.ended(self, reason, delay)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)

    async def run_once(self) -> str:
        """Run the process to its end; why it ended."""
        try:
            await self.prepare()
            with self.log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    *self.command(),
                    env=self.environment,
                    cwd="/",
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C reaches us alone, and we end it in good order
                )
        except (OSError, Refused) as error:
            return str(error)
        return in_words(await self.process.wait())

    async def stop(
        self, number: signal.Signals, seconds: float, then: signal.Signals = signal.SIGKILL
    ) -> None:
        """End it for good: with a signal and, when it still runs after that time, with another."""
        if self.keeping is not None:
            self.keeping.cancel()
            await asyncio.wait([self.keeping])
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(number)
        try:
            await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError:
            self.process.send_signal(then)
            await self.process.wait()


def in_words(status: int) -> str:
    """What an exit status says."""
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"
