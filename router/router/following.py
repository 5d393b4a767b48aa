"""The file of shares, read again whenever it is another one."""

import sys
from contextlib import suppress
from pathlib import Path

from router.shares import BadShares, Shares, read


class SharesFile:
    """`shares`: what the file last said that could be used; before that, and without a file, the monolith has
    all."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.shares = Shares()
        self._seen: tuple[int, int, int] | None = None

    def look(self) -> bool:
        """Whether the shares have changed. What is wrong with the file is said once, on standard error."""
        if self.path is None or (found := _version(self.path)) == self._seen:
            return False
        self._seen = found
        try:
            self.shares = read(self.path)
        except BadShares as error:
            _say(f"{error}; the shares stay as they are: {self.shares}")
            return False
        _say(f"shares: {self.shares}")
        return True


def _say(line: str) -> None:
    with suppress(OSError, ValueError):  # nobody may read it any more
        sys.stderr.write(f"router: {line}\n")


def _version(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
