"""Raw requests: this project's own, and those of gunicorn and llhttp where this machine has them."""

import re
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parents[3] / "shared" / "data" / "nasty" / "http"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

REFUSED = {
    "two lengths": (400, POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "the same length twice": (400, POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
    "a list of lengths": (400, POST + b"Content-Length: 1, 1\r\n\r\na"),
    "a length with a sign": (400, POST + b"Content-Length: +1\r\n\r\na"),
    "a negative length": (400, POST + b"Content-Length: -1\r\n\r\n"),
    "an empty length": (400, POST + b"Content-Length:\r\n\r\n"),
    "a length in other digits": (400, POST + b"Content-Length: \xb2\r\n\r\n"),
    "a length and chunks": (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "chunks twice": (
        400,
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "another coding": (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "a coding in disguise": (501, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    "a coding with vertical tab": (400, POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    "chunks in HTTP/1.0": (400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "a space before the colon": (400, POST + b"Content-Length : 1\r\n\r\na"),
    "a folded line": (400, POST + b"X: a\r\n b\r\n\r\n"),
    "a bare line feed": (400, POST + b"X: a\nContent-Length: 5\r\n\r\n"),
    "line feeds only": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "a bare carriage return": (400, POST + b"X: a\rb\r\n\r\n"),
    "NUL in a value": (400, POST + b"X: a\x00b\r\n\r\n"),
    "NUL in a name": (400, POST + b"X\x00: b\r\n\r\n"),
    "a line without a colon": (400, POST + b"nonsense\r\n\r\n"),
    "a name that is empty": (400, POST + b": b\r\n\r\n"),
    "no Host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    "a Host with a path": (400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    "a Host with user": (400, b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    "two different hosts": (400, b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a space in the target": (400, b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a raw byte in the target": (400, b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a fragment": (400, b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a relative target": (400, b"GET internal/x HTTP/1.1\r\nHost: a\r\n\r\n"),
    "asterisk for GET": (400, b"GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    "another scheme": (400, b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "CONNECT": (405, b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
    "TRACE": (405, b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "HTTP/0.9": (400, b"GET /\r\n\r\n"),
    "HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "another version": (505, b"GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    "a tab in the request line": (400, b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a small method": (400, b"get / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "an unknown expectation": (417, POST + b"Expect: miracles\r\nContent-Length: 1\r\n\r\na"),
    "a long request line": (414, b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    "an endless request line": (414, b"GET /" + b"a" * 100_000),
    "a long header": (431, POST + b"X: " + b"a" * 17_000 + b"\r\n\r\n"),
    "long headers": (431, POST + b"".join(b"X: " + b"a" * 15_000 + b"\r\n" for _ in range(5)) + b"\r\n"),
    "endless headers": (431, POST + b"X: 1\r\n" * 20_000),
    "many headers": (431, POST + b"X: 1\r\n" * 101 + b"\r\n"),
    "a body that is too large": (413, POST + b"Content-Length: 1048577\r\n\r\n"),
    "chunks that are too large": (413, CHUNKED + b"100001\r\n" + b"a" * 0x100001 + b"\r\n0\r\n\r\n"),
    "a chunk size with a sign": (400, CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n"),
    "a chunk size with 0x": (400, CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk size with a space": (400, CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n"),
    "a huge chunk size": (400, CHUNKED + b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
    "no chunk size": (400, CHUNKED + b"\r\nhello\r\n0\r\n\r\n"),
    "a chunk size ended by LF": (400, CHUNKED + b"5\nhello\r\n0\r\n\r\n"),
    "a chunk that is longer than its size": (400, CHUNKED + b"4\r\nhello\r\n0\r\n\r\n"),
    "a chunk ended by LF": (400, CHUNKED + b"5\r\nhello\n0\r\n\r\n"),
    "an extension with LF": (400, CHUNKED + b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
    "an extension without a name": (400, CHUNKED + b"5;\r\nhello\r\n0\r\n\r\n"),
    "an endless extension": (400, CHUNKED + b"5;" + b"a" * 2000 + b"\r\nhello\r\n0\r\n\r\n"),
    "a folded trailer": (400, CHUNKED + b"0\r\nX: a\r\n b\r\n\r\n"),
    "a length as trailer": (400, CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n"),
    "a host as trailer": (400, CHUNKED + b"0\r\nHost: b\r\n\r\n"),
}
"""Requests with two readings, or too large, each with the status that refuses it."""


def gunicorn(kind: str) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each "valid" or "invalid" sample."""
    for path in sorted((DATA / "gunicorn" / kind).glob("*.http")):
        yield path.stem, unescaped(path.read_bytes())


def llhttp() -> Iterator[tuple[str, bytes]]:
    """The place and the bytes of each sample request."""
    for path in sorted((DATA / "llhttp" / "request").glob("*.md")):
        blocks = re.finditer(r"```http\n(.*?)\n```", path.read_text("utf-8"), re.DOTALL)
        for place, found in enumerate(blocks):
            yield f"{path.stem} {place}", spelt_out(found[1])


def unescaped(text: bytes) -> bytes:
    """What a sample file stands for: its real newlines dropped, its written ones made real."""
    written = {b"\\r\\n": b"\r\n", b"\\0": b"\0", b"\\n": b"\n", b"\\t": b"\t", b"\\r": b"\r"}
    text = text.replace(b"\r", b"").replace(b"\n", b"")
    text = re.sub(rb"\\x([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text)
    return re.sub(rb"\\r\\n|\\[0ntr]", lambda found: written[found[0]], text)


def spelt_out(text: str) -> bytes:
    """A block of the samples as the bytes on the wire: a backslash at a line's end joins it with the next."""
    lines = re.sub(r"(?<!\r)\n", "\r\n", re.sub(r"\\\n", "", text))
    lines = re.sub(r"\\x([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), lines)
    written = {"r": "\r", "n": "\n", "t": "\t", "f": "\f"}
    return re.sub(r"\\([rntf])", lambda found: written[found[1]], lines).encode("latin-1", "replace")
