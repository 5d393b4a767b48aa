"""The access log: a line per request, written in batches."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import TextIO

BATCH = 200
INTERVAL = 0.25  # seconds that a line waits at most


class AccessLog:
    """Writes one line per request: JSON, or text for people. Paths come without their query, which may hold
    what somebody searched for."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, out: TextIO = sys.stdout, log_format: str = "auto"
    ) -> None:
        self._loop = loop
        self._out = out
        self._json = log_format == "json" or (log_format == "auto" and not out.isatty())
        self._lines: list[str] = []
        self._second = 0
        self._stamp = ""

    def add(
        self,
        now: float,
        client: str,
        method: str,
        path: str,
        status: int,
        size: int,
        seconds: float,
        group: str,
        trace: str,
    ) -> None:
        """One finished request: the client's address, bytes of the answer's body, and the group or ""."""
        if int(now) != self._second:
            self._second = int(now)
            self._stamp = datetime.fromtimestamp(self._second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        milliseconds = seconds * 1000
        if self._json:
            line = (
                f'{{"time":"{self._stamp}.{int(now % 1 * 1000):03d}Z","client":"{client}",'
                f'"method":"{method}","path":{_quoted(path)},"status":{status},"bytes":{size},'
                f'"ms":{milliseconds:.1f},"group":"{group}","trace":{_quoted(trace)}}}\n'
            )
        else:
            line = f"{self._stamp[11:]} {status} {method} {path} {milliseconds:.1f} ms {group or 'router'}\n"
        if not self._lines:
            self._loop.call_later(INTERVAL, self.flush)
        self._lines.append(line)
        if len(self._lines) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting. A log that nobody reads any more stops nothing."""
        lines, self._lines = self._lines, []
        if lines:
            try:
                self._out.write("".join(lines))
                self._out.flush()
            except (OSError, ValueError):
                return


def _quoted(text: str) -> str:
    return json.dumps(text) if '"' in text or "\\" in text or not text.isprintable() else f'"{text}"'
