"""The head of a target's answer, read as strictly as a request's, and written anew for the client."""

import re
from dataclasses import dataclass

from router.request import CHUNKED, FIELDS, HOP_BY_HOP, Named

UNTIL_CLOSE = -2
MAX_HEAD = 64 * 1024

_head = re.compile(
    rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*+))?\r\n(%b)" % FIELDS
).fullmatch
_length = re.compile(rb"[0-9]{1,15}").fullmatch
_ours = HOP_BY_HOP | {b"content-length"}


class Garbled(Exception):
    """An answer that is not HTTP, or that has two readings."""


@dataclass(slots=True)
class Response:
    """An answer's head. `lines` are the headers to hand on, each with its CRLF, Content-Length among them;
    `length` is that of the body in bytes, CHUNKED or UNTIL_CLOSE; `stream`: a stream of events, which may be
    cut at any time, because its reader comes back with Last-Event-ID."""

    status: int
    reason: bytes
    lines: bytes
    length: int
    keep_alive: bool
    stream: bool


def read_response(head: bytes, method: str) -> Response:
    """A complete head, with the empty line that ends it, answering `method`. Raises Garbled."""
    found = _head(head)
    if found is None:
        raise Garbled("the head is malformed")
    minor, code, reason, fields = found.groups()
    status = int(code)
    named, others, stream = _sort(fields)
    length, shown = _length_of(named, status, method)
    others.extend((b"Content-Length: " + shown, b"") if shown else (b"",))
    options = b",".join(named.get(b"connection", ()))
    keep_alive = length != UNTIL_CLOSE and (
        b"close" not in options if minor == b"1" else b"keep-alive" in options
    )
    return Response(status, reason or b"", b"\r\n".join(others), length, keep_alive, stream)


def _sort(fields: bytes) -> tuple[Named, list[bytes], bool]:
    """The headers that matter here, all others as they came, and whether the answer is a stream of events."""
    named: Named = {}
    others = []
    stream = False
    for line in fields.split(b"\r\n")[:-2]:
        colon = line.find(b":")
        name = line[:colon].lower()
        if name in _ours:
            named.setdefault(name, []).append(line[colon + 1 :].strip(b" \t").lower())
        else:
            others.append(line)
            stream = stream or (name == b"content-type" and b"text/event-stream" in line)
    return named, others, stream


def _length_of(named: Named, status: int, method: str) -> tuple[int, bytes]:
    """The body's length, and the Content-Length to show. HEAD, 204 and 304 have no body, whatever is said."""
    if b"content-length" not in named and b"transfer-encoding" not in named:
        bodiless = method == "HEAD" or status in (204, 304) or status < 200
        return (0 if bodiless else UNTIL_CLOSE), b""
    lengths, codings = named.get(b"content-length", []), named.get(b"transfer-encoding", [])
    if len(lengths) > 1 or len(codings) > 1 or (lengths and codings):
        raise Garbled("the length of the body has two readings")
    if lengths and not _length(lengths[0]):
        raise Garbled("Content-Length is not a number")
    if codings and codings[0] != b"chunked":
        raise Garbled("a Transfer-Encoding other than chunked")
    shown = lengths[0] if lengths and status != 204 else b""
    if method == "HEAD" or status in (204, 304) or status < 200:
        return 0, shown
    if codings:
        return CHUNKED, b""
    return (int(lengths[0]), shown) if lengths else (UNTIL_CLOSE, b"")
