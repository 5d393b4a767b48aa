"""A connection to a target: one answer at a time is read and handed to the exchange that waits for it."""

import asyncio
from typing import TYPE_CHECKING, cast

from router.body import BadBody, Body, UntilClose, body_of
from router.response import MAX_HEAD, Garbled, read_response
from router.targets import Target

if TYPE_CHECKING:
    from router.exchange import Exchange


class Upstream(asyncio.Protocol):
    """`exchange` is set while a request is in flight; `used` once one has been answered, so that the target
    may have closed the connection without our knowing yet."""

    transport: asyncio.Transport

    def __init__(self, target: Target, clock: asyncio.AbstractEventLoop) -> None:
        self.target = target
        self.exchange: Exchange | None = None
        self.used = False
        self.idle_since = 0.0
        self.sent_anything = False
        self._clock = clock
        self._head = b""
        self._body: Body | None = None
        self._keep_alive = False
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Read an answer. Bytes that nobody waits for end the connection: they could pass for an answer."""
        exchange = self.exchange
        if exchange is None:
            self.transport.abort()
            return
        self.sent_anything = True
        try:
            if self._body is None:
                self._read_head(exchange, data)
            else:
                self._read_body(exchange, self._body, data)
        except (Garbled, BadBody) as error:
            self.transport.abort()
            self._leave()
            exchange.failed(502, str(error))

    def _read_head(self, exchange: "Exchange", data: bytes) -> None:
        while self._body is None:
            data, self._head = self._head + data, b""
            end = data.find(b"\r\n\r\n") + 4
            if max(end, len(data) if end < 4 else 0) > MAX_HEAD:
                raise Garbled("the head is too long")
            if end < 4:
                self._head = data
                return
            response = read_response(data[:end], exchange.request.method)
            data = data[end:]
            if response.status == 101:
                raise Garbled("switched protocols without being asked")
            if response.status >= 200:
                self._keep_alive = response.keep_alive
                self._body = body_of(response.length)
                body, data = self._body.feed(data)
                exchange.answered(response, body, self._body.done)
                self._end_of(exchange, self._body, data)
                return

    def _read_body(self, exchange: "Exchange", body: Body, data: bytes) -> None:
        payload, rest = body.feed(data)
        exchange.more(payload, body.done)
        self._end_of(exchange, body, rest)

    def _end_of(self, exchange: "Exchange", body: Body, rest: bytes) -> None:
        if not body.done:
            return
        reusable = self._keep_alive and not rest and exchange.sent and not self.transport.is_closing()
        self._leave()
        if reusable:
            self.hold(False)
            self.idle_since = self._clock.time()
            self.target.give_back(self)
        else:
            self.transport.close()
        exchange.finished()

    def _leave(self) -> None:
        self.exchange = None
        self._body = None
        self._head = b""
        self.used = True

    def hold(self, held: bool) -> None:
        """Read no more of the answer for now; or again."""
        if held == self._paused or self.transport.is_closing():
            return
        self._paused = held
        if held:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def cancel(self) -> None:
        """Nobody waits for the answer any more."""
        self.exchange = None
        self.transport.abort()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        if self.exchange is not None:
            self.exchange.target_is_slow(True)

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        if self.exchange is not None:
            self.exchange.target_is_slow(False)

    def connection_lost(self, error: Exception | None) -> None:
        """The target closed, or broke."""
        exchange = self.exchange
        if exchange is None:
            if self in self.target.idle:
                self.target.idle.remove(self)
            return
        self.exchange = None
        if isinstance(self._body, UntilClose) and error is None:
            exchange.more(b"", True)
            exchange.finished()
        else:
            exchange.lost(stale=self.used and not self.sent_anything)
