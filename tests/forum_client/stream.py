"""Reading a stream of Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

import httpx

from forum_client.answers import Json


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: Json


def lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """Lines ended by LF or CRLF: unlike `httpx.Response.iter_lines`, not by U+2028 and its like."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode()


class Stream:
    """`with forum.stream(topic) as stream: stream.next()`; a silence of `patience` s is a ReadTimeout."""

    def __init__(self, client: httpx.Client, path: str, headers: dict[str, str], patience: float) -> None:
        timeout = httpx.Timeout(10, read=patience)
        self._opening = client.stream("GET", path, headers=headers, timeout=timeout)

    def __enter__(self) -> "Stream":
        self.response = self._opening.__enter__()
        self._lines = lines(self.response.iter_bytes())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opening.__exit__(kind, error, trace)

    def comment(self) -> str:
        """The next line that is a comment; whatever stands before it is dropped."""
        return next(line for line in self._lines if line.startswith(":"))

    def next(self) -> Event:
        """The next event; comments are passed over."""
        return next(self.events())

    def take(self, count: int) -> list[Event]:
        """The next `count` events."""
        events = self.events()
        return [next(events) for _ in range(count)]

    def events(self) -> Iterator[Event]:
        name, number, data = "message", "", list[str]()
        for line in self._lines:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "id":
                number = value
            elif field == "data":
                data.append(value)
            elif line == "" and data:
                yield Event(name, number, json.loads("\n".join(data)))
                name, data = "message", []
