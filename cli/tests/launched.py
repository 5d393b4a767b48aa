"""A forum as people start it: `forum up` in a process of its own, and all the processes below it."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil

from forum.hosting.network import free_ports

FORUM = str(Path(sys.executable).with_name("forum"))
T = TypeVar("T")


def eventually(condition: Callable[[], T], seconds: float = 30) -> T:
    """The first truth that `condition` gives, asked again until the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.02)


class Launched:
    """A started `forum up`; `output` is the file that takes what it says."""

    def __init__(self, data: Path, *, topology: str = "split", command: list[str] | None = None) -> None:
        self.data = data
        self.port = free_ports(1)[0]
        self.output = data.with_name(f"{data.name}-{self.port}.out")
        environment = os.environ | {"DATA_DIR": str(data), "PORT": str(self.port), "TOPOLOGY": topology}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command or [FORUM, "up"],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.output.read_text()

    def ready(self) -> "Launched":
        """Itself, once it says that it is ready. Fails with what it said when it ends instead."""
        eventually(lambda: "Ready in" in self.said() or self.process.poll() is not None, 60)
        assert "Ready in" in self.said(), self.said()
        return self

    def processes(self) -> list[psutil.Process]:
        """Every process below, PostgreSQL's included."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def process_of(self, *words: str) -> psutil.Process:
        """The direct child whose command line has all the words. Fails where there is none."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if set(words) <= set(child.cmdline()):
                    return child
        raise AssertionError(f"no process was started with {words}")

    def started(self, *words: str, other_than: psutil.Process | None = None) -> psutil.Process:
        """The process of those words, once it runs."""

        def found() -> psutil.Process | None:
            with suppress(AssertionError):
                process = self.process_of(*words)
                return None if process == other_than else process
            return None

        process = eventually(found)
        assert process is not None
        return process

    def answers(self, path: str) -> None:
        """Returns once it does, with 200."""
        eventually(lambda: self.status(path) == 200)

    def status(self, path: str) -> int:
        """The status of GET through the router; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                status: int = answer.status
                return status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def ended(self, seconds: float) -> int:
        """The exit status, within that time."""
        return self.process.wait(seconds)


@contextmanager
def launched(data: Path, **how: Any) -> Iterator[Launched]:
    """A forum that is ready; killed at the end of the block if it still runs."""
    forum = Launched(data, **how)
    try:
        yield forum.ready()
    finally:
        if forum.process.poll() is None:
            forum.process.send_signal(signal.SIGTERM)
            forum.ended(15)
