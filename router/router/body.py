"""Where a body ends. Each kind takes bytes as they come and gives back what belongs to the body, decoded."""

import re
from typing import Protocol

from router.request import CHUNKED, FIELDS

MAX_SIZE_LINE = 1024  # a chunk's size and its extensions
MAX_TRAILERS = 16 * 1024

# A chunk's size and extensions (RFC 9112, 7.1.1); quoted strings without a backslash are enough for everyone.
_size = re.compile(
    rb"([0-9A-Fa-f]{1,12})"
    rb"(?:;[\t ]*+[\w!#$%&'*+.^`|~-][\t \x21\x23-\x3a\x3c-\x7e\x80-\xff]*+"
    rb"(?:\"[^\"\x00-\x08\x0a-\x1f\x7f]*+\")?)*+"
).fullmatch
_trailers = re.compile(FIELDS).fullmatch
_forbidden = re.compile(rb"(?im)^(?:content-length|transfer-encoding|host|connection|te|trailer) *:").search


class BadBody(Exception):
    """A body whose end cannot be known."""


class Body(Protocol):
    """`done` once the last byte has come."""

    done: bool

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """What belongs to the body, and what comes after it. Raises BadBody."""


def body_of(length: int) -> Body:
    """A reader for a body of `length` bytes, CHUNKED, or UNTIL_CLOSE (any other negative number)."""
    if length >= 0:
        return Counted(length)
    return Chunked() if length == CHUNKED else UntilClose()


class Counted:
    """A body with Content-Length."""

    __slots__ = ("done", "remaining")

    def __init__(self, length: int) -> None:
        self.remaining = length
        self.done = length == 0

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """See Body."""
        size = len(received)
        if size < self.remaining:
            self.remaining -= size
            return received, b""
        end, self.remaining, self.done = self.remaining, 0, True
        return (received, b"") if size == end else (received[:end], received[end:])


class UntilClose:
    """A body that ends with its connection."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = False

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """See Body."""
        return received, b""


class Chunked:
    """A chunked body. Extensions and trailers are read and dropped."""

    __slots__ = ("buffer", "done", "left")

    def __init__(self) -> None:
        self.buffer = b""
        self.left = 0  # of this chunk's data and the CRLF behind it; 0: a size comes next; -1: the trailers
        self.done = False

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """See Body."""
        data = self.buffer + received if self.buffer else received
        self.buffer = b""
        pieces: list[bytes] = []
        at = 0
        while at < len(data) and not self.done:
            taken = self._data(data, at, pieces) if self.left > 0 else self._line(data, at)
            if taken == 0:
                self.buffer = data[at:]
                break
            at += taken
        rest = data[at:] if self.done else b""
        return (pieces[0] if len(pieces) == 1 else b"".join(pieces)), rest

    def _data(self, data: bytes, at: int, pieces: list[bytes]) -> int:
        here = data[at : at + self.left]
        payload = here[: max(self.left - 2, 0)]
        ending = b"\r\n" if self.left > 1 else b"\n"
        if not ending.startswith(here[len(payload) :]):
            raise BadBody("a chunk does not end where it says")
        if payload:
            pieces.append(payload)
        self.left -= len(here)
        return len(here)

    def _line(self, data: bytes, at: int) -> int:
        """The size of the next chunk, or the trailers. 0 when more has to come."""
        if self.left < 0:
            return self._trailers(data, at)
        end = data.find(b"\r\n", at)
        if (end if end >= 0 else len(data)) - at > MAX_SIZE_LINE:
            raise BadBody("a chunk's size is too long")
        if end < 0:
            if b"\n" in data[at:]:
                raise BadBody("a line ends without CR")
            return 0
        found = _size(data, at, end)
        if found is None:
            raise BadBody("a chunk's size is not a number")
        size = int(found[1], 16)
        self.left = size + 2 if size else -1
        return end + 2 - at

    def _trailers(self, data: bytes, at: int) -> int:
        if data.startswith(b"\r\n", at):
            end = at + 2
        elif (found := data.find(b"\r\n\r\n", at)) >= 0:
            end = found + 4
        elif len(data) - at > MAX_TRAILERS:
            raise BadBody("the trailers are too long")
        else:
            return 0
        trailers = data[at:end]
        if not _trailers(trailers) or _forbidden(trailers):
            raise BadBody("a trailer is malformed, or one that may not be a trailer")
        self.done = True
        return end - at
