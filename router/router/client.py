"""A client's connection: its requests one after the other, each answered exactly once, in their order."""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from router.body import BadBody, Body, body_of
from router.exchange import Exchange
from router.match import draw
from router.request import Refused, Request, head_end, read_request
from router.rules import Fixed

if TYPE_CHECKING:
    from router.proxy import Proxy

MAX_AHEAD = 128 * 1024  # bytes of further requests that are read while one is being answered
PHRASES = {status.value: status.phrase for status in HTTPStatus}
LINGER = 2.0  # seconds; a connection closed with unread bytes would take the answer with it


class Client(asyncio.Protocol):
    """`closing`: after this answer the connection ends. `exchange`: the request in flight, if any."""

    transport: asyncio.Transport

    def __init__(self, proxy: "Proxy") -> None:
        self.proxy = proxy
        self.exchange: Exchange | None = None
        self.closing = False
        self.address = b""
        self._since = proxy.loop.time()  # of the state that a timeout watches
        self._received = b""
        self._body: Body | None = None
        self._body_size = 0
        self._held = False
        self._reading = True
        self._lingering = False
        self._choked = False  # the client does not read
        self._ended = False  # the client will send no more

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self.transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.address = peer[0].encode() if peer else b"unknown"
        self.proxy.joined(self)

    def connection_lost(self, error: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.proxy.left(self)
        self._lingering = True
        if self.exchange is not None:
            self.exchange.status = self.exchange.status or 460  # as a load balancer logs it
            self.exchange.cancel()
            self.exchange = None

    def eof_received(self) -> bool:
        """The client has sent all; it may still read. One that follows a stream has gone."""
        self._ended = self.closing = True
        if self.exchange is None:
            self._next()
        if self._lingering:
            return False
        exchange = self.exchange
        if exchange is None:
            if self._received:
                self._refuse(400, "the request ends in the middle")
            return False
        if not exchange.sent:
            exchange.failed(400, "the body ends in the middle")
            return False
        return not (exchange.answering and exchange.stream)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._lingering:
            return
        if self._body is not None and self.exchange is not None:
            self._read_body(self._body, self.exchange, data)
            return
        if not self._received:
            self._since = self.proxy.loop.time()
            self._received = data
        else:
            self._received += data
        if self.exchange is None:
            self._next()
        else:
            self._update_reading()

    def _next(self) -> None:
        """Take up requests that have come, until one has to wait for its answer or for the client to read."""
        while self._received and self.exchange is None and not self._lingering and not self._choked:
            if self.closing and self._ended is False:
                return
            received = self._received[2:] if self._received.startswith(b"\r\n") else self._received
            try:
                end = head_end(received)
                if end < 0:
                    return
                request = read_request(received[:end])
                self._received = received[end:]
                self._take(request)
            except Refused as refused:
                self._refuse(refused.status, refused.reason)

    def _take(self, request: Request) -> None:
        exchange = Exchange(self, request, self.proxy.loop.time())
        self.exchange = exchange
        self.closing = self.closing or not request.keep_alive or self.proxy.stopping
        action = self.proxy.choose(request.method, request.path)
        if isinstance(action, Fixed):
            exchange.status = action.status
            exchange.cancel()
            self.reply(action.status, action.body, action.content_type)
            self.exchange_over()
            return
        if request.length > self.proxy.settings.max_body:
            exchange.failed(413, "the body is too large")
            return
        if request.length:
            self._body = body_of(request.length)
            self._body_size = 0
            if request.expects_continue and not self._received:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        exchange.forward(draw(action))
        if self._body is not None and self._received and self.exchange is exchange:
            data, self._received = self._received, b""
            self._read_body(self._body, exchange, data)

    def _read_body(self, body: Body, exchange: Exchange, data: bytes) -> None:
        try:
            payload, rest = body.feed(data)
        except BadBody as error:
            exchange.failed(400, str(error))
            return
        self._body_size += len(payload)
        if self._body_size > self.proxy.settings.max_body:
            exchange.failed(413, "the body is too large")
            return
        if body.done:
            self._body = None
            self._received = rest
        exchange.send(payload, body.done)

    def connection_header(self, request: Request) -> bytes:
        """What the answer says of the connection's future."""
        if self.closing or self.proxy.stopping:
            self.closing = True
            return b"Connection: close\r\n"
        return b"Connection: keep-alive\r\n" if request.http_1_0 else b""

    def reply(self, status: int, text: str, content_type: str = "text/plain") -> None:
        """An answer of the router's own. With a body of the request still to come the connection ends."""
        exchange = self.exchange
        request = exchange.request if exchange is not None else None
        if request is None or not exchange or not exchange.sent:
            self.closing = True
        body = text.encode()
        connection = self.connection_header(request) if request is not None else b"Connection: close\r\n"
        head = (
            f"HTTP/1.1 {status} {PHRASES.get(status, '')}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n"
        ).encode() + connection
        shown = b"" if request is not None and request.method == "HEAD" else body
        self.transport.write(head + b"\r\n" + shown)

    def _refuse(self, status: int, reason: str) -> None:
        """Answer what cannot be read as a request, and end: nobody knows where the next one would begin."""
        self.reply(status, "" if self._received.startswith(b"HEAD ") else f"{reason}\n")
        self.proxy.log_refused(self, status)
        self._linger()

    def exchange_over(self) -> None:
        """The request in flight has its whole answer."""
        exchange, self.exchange = self.exchange, None
        self._since = self.proxy.loop.time()
        self._held = False
        if self._body is not None or (exchange is not None and not exchange.sent):
            self._body = None
            self._linger()
        elif self.closing and not (self._ended and self._received):
            self.transport.close()
        else:
            self._update_reading()
            if self._received:
                self.proxy.loop.call_soon(self._next)

    def _linger(self) -> None:
        self._lingering = self.closing = True
        self._received = b""
        self._since = self.proxy.loop.time()
        self._held = False
        self._update_reading()
        if self._ended or not self.transport.can_write_eof():
            self.transport.close()
        elif not self.transport.is_closing():
            self.transport.write_eof()

    def hold(self, held: bool) -> None:
        """Read no more of the request's body for now; or again."""
        self._held = held
        self._update_reading()

    def _update_reading(self) -> None:
        read = not self._held and len(self._received) <= MAX_AHEAD
        if read == self._reading or self.transport.is_closing():
            return
        self._reading = read
        if read:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._choked = True
        if self.exchange is not None:
            self.exchange.client_is_slow(True)

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._choked = False
        if self.exchange is not None:
            self.exchange.client_is_slow(False)
        else:
            self._next()

    def check(self, now: float) -> None:
        """End what has taken too long."""
        settings, exchange = self.proxy.settings, self.exchange
        waited = now - self._since
        if self._lingering:
            if waited > LINGER:
                self.transport.abort()
        elif exchange is not None:
            if now - exchange.active > settings.idle_timeout:
                late = exchange.sent or exchange.upstream is None
                exchange.failed(
                    504 if late else 408, "no answer in time" if late else "the body did not come in time"
                )
        elif self._choked or self.transport.is_closing():
            if waited > settings.idle_timeout:
                self.transport.abort()
        elif self._received:
            if waited > settings.head_timeout:
                self._refuse(408, "the request did not come in time")
        elif waited > settings.idle_timeout or self.proxy.stopping:
            self.transport.close()

    def stop(self) -> None:
        """The router is stopping: end now when idle or when this is a stream, else after the answer."""
        if self.exchange is None:
            if not self._received:
                self.transport.close()
        elif self.exchange.stream:
            self.exchange.cut()
        self.closing = True
