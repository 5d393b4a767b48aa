"""The folder that holds an embedded forum's data, and the lock that lets one process run it."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forum.errors import Refused

OPEN_AS_ROOT = 0o711  # PostgreSQL, then another user, passes through
CLOSED = 0o700


class Folder:
    """The folder at `path`, which need not exist yet.

    The file `lock` says of who runs it: pid and command, of the forum also topology, url, and the public and
    private url of each app. The file `beside` is there while services run beside the monolith; `shares` says
    what share of the requests each of them gets.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.lock = self.path / "lock"
        self.logs = self.path / "logs"
        self.beside = self.path / "beside"
        self.shares = self.path / "shares.json"

    def described(self) -> dict[str, Any]:
        """What the last holder of the lock said of itself; empty when there was none."""
        try:
            said = json.loads(self.lock.read_text())
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def holder(self) -> dict[str, Any] | None:
        """What the present holder of the lock says of itself; None when nobody holds it."""
        try:
            with self.lock.open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self.described()
        except OSError:
            return None
        return None

    def describe(self, **words: Any) -> None:
        """Say who we are, while holding the lock."""
        self.lock.write_text(json.dumps({"pid": os.getpid(), **words}))

    @contextmanager
    def held(self, **words: Any) -> Iterator[None]:
        """Hold the lock for the block. Raises Refused when somebody else does, or the folder is read-only."""
        try:
            self.make()
            lock = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise Refused(
                f"cannot write in {self.path} ({error.strerror}): choose another DATA_DIR"
            ) from error
        try:
            self.seize(lock)
            self.describe(**words)
            yield
        finally:
            os.close(lock)

    def seize(self, lock: int) -> None:
        for _ in range(10):  # `holder` holds it for a moment too
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.02)
        holder = self.described()
        where = f" at {holder['url']}" if "url" in holder else ""
        who = f"{holder.get('command', 'another command')}, process {holder.get('pid', 'unknown')}{where}"
        raise Refused(f"{self.path} is in use by {who}")

    def make(self) -> None:
        """Make the folder when it is absent; one that is there keeps its mode."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            self.path.chmod(OPEN_AS_ROOT if os.geteuid() == 0 else CLOSED)  # whatever the umask
        self.logs.mkdir(exist_ok=True, mode=CLOSED)

    def log(self, name: str) -> Path:
        """The log of a process of that name."""
        return self.logs / f"{name}.log"
