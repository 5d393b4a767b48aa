"""The head of a request, read strictly: what has two readings is refused, never guessed.

A whole head is checked by one regular expression over the grammar of RFC 9112. That refuses what a forgiving
parser takes: bare LF, folded lines, a space before the colon, control characters.
"""

import re
from dataclasses import dataclass

MAX_LINE = 16 * 1024  # the request line, and any one header: an Application Load Balancer's limits
MAX_HEAD = 64 * 1024  # all headers together
MAX_HEADERS = 100
CHUNKED = -1  # the length of a body that comes in chunks

_VALUE = rb"[\t\x20-\x7e\x80-\xff]*+"
FIELDS = rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:" + _VALUE + rb"\r\n)*+\r\n"
_head = re.compile(rb"([A-Z-]{1,32}) ([!-~]++) HTTP/1\.([01])\r\n(%b)" % FIELDS).fullmatch
_plain_names = re.compile(rb"(?:[0-9A-Za-z-]++:" + _VALUE + rb"\r\n)*+\r\n").fullmatch
_plain_name = re.compile(rb"[0-9A-Za-z-]++:").match
_request_line = re.compile(rb"[A-Z-]{1,32} [!-~]++ HTTP/1\.[01]").fullmatch
_other_version = re.compile(rb" HTTP/(?:[2-9]|1\.[2-9]|0)").search
_absolute = re.compile(rb"(?i:https?)://([^/?#@]+)(/.*)?").fullmatch
_authority = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?").fullmatch
_length = re.compile(rb"[0-9]{1,15}").fullmatch

HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer"
    b" transfer-encoding upgrade".split()
)
_ours = HOP_BY_HOP.union(
    b"host content-length expect x-forwarded-for x-forwarded-proto x-forwarded-port x-amzn-trace-id".split()
)

Named = dict[bytes, list[bytes]]


class Refused(Exception):
    """A request that is answered with `status` and whose connection is then closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(slots=True)
class Request:
    """A request's head.

    `path` is raw; `lines` are the headers to hand on, each with its CRLF; `length` is that of the body in
    bytes, or CHUNKED; `forwarded` and `trace` are the client's own X-Forwarded-For and X-Amzn-Trace-Id.
    """

    method: str
    path: str
    target: bytes
    host: bytes
    lines: bytes
    length: int
    forwarded: bytes
    trace: bytes
    http_1_0: bool
    keep_alive: bool
    expects_continue: bool


def head_end(received: bytes) -> int:
    """Where the body begins, or -1 when the head is not complete. Raises Refused when it never can be."""
    end = received.find(b"\r\n\r\n")
    if end >= 0 and len(received) <= MAX_LINE:
        return end + 4
    if end < 0 and received.count(b"\n") != received.count(b"\r\n"):
        raise Refused(400, "a line ends without CR")
    line = received.find(b"\r\n")
    if (line if line >= 0 else len(received)) > MAX_LINE:
        raise Refused(414, "the request line is longer than 16 KiB")
    if (end if end >= 0 else len(received)) - max(line, 0) > MAX_HEAD:
        raise Refused(431, "the headers are longer than 64 KiB")
    return end + 4 if end >= 0 else -1


def read_request(head: bytes) -> Request:
    """A complete head, with the empty line that ends it. Raises Refused."""
    found = _head(head)
    if found is None:
        raise _complaint(head)
    method, target, minor, fields = found.groups()
    http_1_0 = minor == b"0"
    named, lines = _sort(fields)
    target, host = _target(method, target, _single(named, b"host"), http_1_0)
    return Request(
        method.decode(),
        target.partition(b"?")[0].decode(),
        target,
        host,
        lines,
        _body_length(named, http_1_0),
        b", ".join(named.get(b"x-forwarded-for", ())),
        b", ".join(named.get(b"x-amzn-trace-id", ())),
        http_1_0,
        _keeps_alive(named.get(b"connection"), http_1_0),
        b"expect" in named and _expects_continue(named, http_1_0),
    )


def _sort(fields: bytes) -> tuple[Named, bytes]:
    """The headers that matter here, by lower-case name; and all others, as they came.

    A name outside letters, digits and `-` is dropped, as a load balancer does when it drops invalid fields:
    `Content_Length` reads as `Content-Length` to some servers.
    """
    lines = fields.split(b"\r\n")
    if len(lines) > MAX_HEADERS + 2:
        raise Refused(431, f"more than {MAX_HEADERS} headers")
    if len(fields) > MAX_LINE and max(map(len, lines)) > MAX_LINE:
        raise Refused(431, "a header is longer than 16 KiB")
    if not _plain_names(fields):
        lines = [line for line in lines if not line or _plain_name(line)]
    named: Named = {}
    others = []
    for line in lines[:-2]:
        colon = line.find(b":")
        name = line[:colon].lower()
        if name in _ours:
            named.setdefault(name, []).append(line[colon + 1 :].strip(b" \t"))
        else:
            others.append(line)
    if b"connection" in named:
        dropped = _listed(named[b"connection"])
        others = [line for line in others if line.partition(b":")[0].lower() not in dropped]
    others.append(b"")
    return named, b"\r\n".join(others)


def _listed(values: list[bytes]) -> set[bytes]:
    return {option.strip(b" \t").lower() for value in values for option in value.split(b",")}


def _single(named: Named, name: bytes) -> bytes | None:
    values = named.get(name)
    if values is None:
        return None
    if len(values) > 1:
        raise Refused(400, f"more than one {name.decode()}")
    return values[0]


def _target(method: bytes, target: bytes, host: bytes | None, http_1_0: bool) -> tuple[bytes, bytes]:
    """The target in origin form, and the host. An absolute target must name the same host as Host does."""
    if method in (b"CONNECT", b"TRACE"):
        raise Refused(405, f"{method.decode()} is not allowed")
    if host is None and not http_1_0:
        raise Refused(400, "no Host")
    if host and not _authority(host):
        raise Refused(400, "Host is not a host name")
    absolute = None if target[:1] == b"/" else _absolute(target)
    if absolute is not None:
        authority, path = absolute.groups()
        if host is not None and authority.lower() != host.lower():
            raise Refused(400, "the target and Host name different hosts")
        target, host = path or b"/", authority
    if b"#" in target or (target[:1] != b"/" and (method, target) != (b"OPTIONS", b"*")):
        raise Refused(400, "the target is not a path")
    return target, host or b""


def _body_length(named: Named, http_1_0: bool) -> int:
    if b"content-length" not in named and b"transfer-encoding" not in named:
        return 0
    length = _single(named, b"content-length")
    coding = _single(named, b"transfer-encoding")
    if coding is not None:
        if http_1_0 or length is not None:
            raise Refused(400, "Transfer-Encoding with HTTP/1.0 or with Content-Length")
        if coding.lower() != b"chunked":
            raise Refused(501, "a Transfer-Encoding other than chunked")
        return CHUNKED
    if length is None or not _length(length):
        raise Refused(400, "Content-Length is not a number")
    return int(length)


def _keeps_alive(connection: list[bytes] | None, http_1_0: bool) -> bool:
    if connection is None:
        return not http_1_0
    options = _listed(connection)
    return b"close" not in options and (not http_1_0 or b"keep-alive" in options)


def _expects_continue(named: Named, http_1_0: bool) -> bool:
    expected = _single(named, b"expect")
    if expected is None or http_1_0:
        return False
    if expected.lower() != b"100-continue":
        raise Refused(417, "an expectation other than 100-continue")
    return True


def _complaint(head: bytes) -> Refused:
    line = head.partition(b"\r\n")[0]
    if _request_line(line):
        return Refused(400, "a header is malformed")
    if _other_version(line):
        return Refused(505, "HTTP/1.0 and HTTP/1.1 only")
    return Refused(400, "the request line is malformed")
