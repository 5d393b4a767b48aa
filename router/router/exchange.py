"""One request and its answer: from a client to a target and back, both bodies as they come."""

import asyncio
import random
import time
from typing import TYPE_CHECKING

from router.request import CHUNKED, Request
from router.response import Response
from router.targets import Target
from router.upstream import Upstream

if TYPE_CHECKING:
    from router.client import Client

RETRIED = ("GET", "HEAD")


class Exchange:
    """Sends a request once. Only a GET or HEAD is sent again, once, when a connection that had been idle
    turns out closed before a byte of the answer: a POST might have been done."""

    __slots__ = (
        "_chunks", "_pending", "_refused", "_retried", "active", "answering", "client", "group", "over",
        "request", "sent", "size", "started", "status", "stream", "target", "trace", "upstream",
    )  # fmt: skip

    def __init__(self, client: "Client", request: Request, now: float) -> None:
        self.client = client
        self.request = request
        self.started = self.active = now
        self.sent = request.length == 0  # the whole request has been handed over
        self.answering = False  # the client has the head of the answer
        self.over = False
        self.status = 0
        self.size = 0
        self.stream = False
        self.group = ""
        self.trace = trace_id(request.trace)
        self.target: Target | None = None
        self.upstream: Upstream | None = None
        self._chunks = False  # the answer goes out in chunks
        self._pending: list[bytes] = []  # of the request's body, until there is a connection
        self._refused: set[Target] | None = None
        self._retried = False

    def forward(self, group: str) -> None:
        """Send the request to the least busy healthy target of a group."""
        self.group = group
        proxy = self.client.proxy
        target = proxy.targets.least_busy(group, self._refused)
        if target is None:
            self.failed(
                *((502, "no target took the connection") if self._refused else (503, "no healthy target"))
            )
            return
        self.target = target
        target.outstanding += 1
        upstream = None if self._retried else target.take_idle()
        if upstream is not None:
            self._attach(upstream)
        else:
            self.client.hold(True)
            proxy.spawn(self._connect(target))

    async def _connect(self, target: Target) -> None:
        proxy = self.client.proxy
        try:
            async with asyncio.timeout(proxy.settings.connect_timeout):
                _, upstream = await proxy.loop.create_connection(
                    lambda: Upstream(target, proxy.loop), target.host, target.port
                )
        except TimeoutError:
            if not self.over:
                self.failed(504, "the target did not take the connection in time")
        except OSError:
            target.healthy = False
            if not self.over:
                self._leave_target()
                self._refused = (self._refused or set()) | {target}
                self.forward(self.group)
        else:
            if self.over:
                upstream.transport.close()
            else:
                self._attach(upstream)
                self.client.hold(False)

    def _attach(self, upstream: Upstream) -> None:
        self.upstream = upstream
        upstream.exchange = self
        upstream.sent_anything = False
        upstream.transport.write(b"".join((self._head(), *self._pending)))
        self._pending = []

    def _head(self) -> bytes:
        request, client = self.request, self.client
        forwarded = b"%b, %b" % (request.forwarded, client.address) if request.forwarded else client.address
        if request.length == CHUNKED:
            length = b"Transfer-Encoding: chunked\r\n"
        elif request.length or request.method == "POST":
            length = b"Content-Length: %d\r\n" % request.length
        else:
            length = b""
        return (
            b"%b %b HTTP/1.1\r\nHost: %b\r\n%b%bX-Forwarded-For: %b\r\nX-Forwarded-Proto: http\r\n"
            b"X-Forwarded-Port: %d\r\nX-Amzn-Trace-Id: %b\r\n\r\n"
        ) % (
            *(
                request.method.encode(),
                request.target,
                request.host or client.proxy.name,
                request.lines,
                length,
            ),
            *(forwarded, client.proxy.port, self.trace),
        )

    def send(self, payload: bytes, done: bool) -> None:
        """Some more of the request's body."""
        self.active = self.client.proxy.loop.time()
        self.sent = done
        if self.request.length == CHUNKED:
            payload = chunk(payload, done)
        if self.upstream is None:
            self._pending.append(payload)
        elif payload and not self.upstream.transport.is_closing():
            self.upstream.transport.write(payload)

    def answered(self, response: Response, body: bytes, done: bool) -> None:
        """The head of the answer has come, with some of its body."""
        request, client = self.request, self.client
        self.answering = True
        self.active = client.proxy.loop.time()
        self.status = response.status
        self.stream = response.stream
        unknown = response.length < 0
        self._chunks = unknown and not request.http_1_0
        if not self.sent or (unknown and request.http_1_0):
            client.closing = True
        coding = b"Transfer-Encoding: chunked\r\n" if self._chunks else b""
        connection = client.connection_header(request)
        self.size = len(body)
        client.transport.write(
            b"HTTP/1.1 %d %b\r\n%b%b%b\r\n%b"
            % (
                *(response.status, response.reason, response.lines, coding, connection),
                chunk(body, done) if self._chunks else body,
            )
        )

    def more(self, body: bytes, done: bool) -> None:
        """Some more of the answer's body."""
        self.active = self.client.proxy.loop.time()
        self.size += len(body)
        payload = chunk(body, done) if self._chunks else body
        if payload:
            self.client.transport.write(payload)

    def finished(self) -> None:
        """The answer is complete."""
        self.upstream = None
        self._end()
        self.client.exchange_over()

    def lost(self, stale: bool) -> None:
        """The connection to the target ended before the answer did."""
        self.upstream = None
        again = stale and not self._retried and self.request.method in RETRIED and self.request.length == 0
        if again and not self.answering:
            self._retried = True
            self._leave_target()
            self.forward(self.group)
        else:
            self.failed(502, "the target closed the connection")

    def failed(self, status: int, reason: str) -> None:
        """There is no answer from a target: give one, or cut the client off when half of one has gone out."""
        if self.over:
            return
        if self.answering:
            self.cut()
            return
        self.status = status
        self.cancel()
        self.client.reply(status, f"{reason}\n")
        self.client.exchange_over()

    def cut(self) -> None:
        """End an answer in the middle, so that the client can tell."""
        self.cancel()
        self.client.transport.abort()

    def cancel(self) -> None:
        """Stop; nobody waits for the answer."""
        if self.upstream is not None:
            self.upstream.cancel()
            self.upstream = None
        self._end()

    def _end(self) -> None:
        if not self.over:
            self.over = True
            self._leave_target()
            self.client.proxy.log(self)

    def _leave_target(self) -> None:
        if self.target is not None:
            self.target.outstanding -= 1
            self.target = None

    def target_is_slow(self, slow: bool) -> None:
        """The target does not take the body as fast as it comes; or does again."""
        self.client.hold(slow)

    def client_is_slow(self, slow: bool) -> None:
        """The client does not take the answer as fast as it comes; or does again."""
        if self.upstream is not None:
            self.upstream.hold(slow)


def chunk(payload: bytes, done: bool) -> bytes:
    """A chunk of a body, and the last one when it is done; nothing for nothing."""
    framed = b"%x\r\n%b\r\n" % (len(payload), payload) if payload else b""
    return framed + b"0\r\n\r\n" if done else framed


def trace_id(sent: bytes) -> bytes:
    """X-Amzn-Trace-Id as a load balancer gives it: its own Root, or Self in front of what the client sent.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html"""
    own = b"1-%08x-%024x" % (int(time.time()), random.getrandbits(96))
    if not sent:
        return b"Root=" + own
    fields = (field.strip() for field in sent.split(b";"))
    return b";".join((b"Self=" + own, *(field for field in fields if not field.startswith(b"Self="))))
