"""Traces (OpenTelemetry): spans of requests, of calls to peers, of statements, of work that nobody asked for.

Off until `configure` is told where to send them: until then nothing of the SDK is imported, and a request
pays for a comparison.
"""

import secrets
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import Token
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry import context as current
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from chassis.logs import request_context

if TYPE_CHECKING:
    from chassis.exporting import Exporter

NOT_TRACED = ("/health", "/metrics")  # asked every few seconds by machines

_w3c = TraceContextTextMapPropagator()
_exporter: "Exporter | None" = None
_tracer: Tracer | None = None


def configure(service: str, endpoint: str) -> None:
    """From now on spans go to `endpoint` (http://host:4318), in the background. Empty: nothing happens."""
    global _exporter, _tracer
    if endpoint:
        from chassis.exporting import Exporter  # 10 to 20 MiB and 0.2 s: only for those who want it

        _exporter = Exporter(service, endpoint)
        _tracer = _exporter.tracer


def close(seconds: float) -> None:
    """Sends what has not been sent, for so long at most, and ends tracing."""
    global _exporter, _tracer
    if _exporter is not None:
        _exporter.close(seconds)
    _exporter = _tracer = None


def is_on() -> bool:
    """Whether spans are made."""
    return _tracer is not None


class Untraced:
    """What stands for a span while there are none."""

    def __enter__(self) -> "Untraced":
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        pass

    def answered(self, status: int, route: str = "") -> None:
        """The status of an HTTP answer and, where it is known, the route that gave it."""

    def failed(self, error: BaseException) -> None:
        """What went wrong; the log has its words, under the same ids."""


UNTRACED = Untraced()


class Span(Untraced):
    """For the length of its block logs name it, and what begins there is its child."""

    def __init__(
        self,
        tracer: Tracer,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, Any],
        parent: Context | None = None,
    ) -> None:
        self._span = tracer.start_span(name, parent, kind, dict(attributes))
        self._method, self._is_server = name, kind is SpanKind.SERVER
        self._error = ""

    def __enter__(self) -> "Span":
        ids = self._span.get_span_context()
        named = {"trace_id": f"{ids.trace_id:032x}", "span_id": f"{ids.span_id:016x}"}
        self._logs: Token[dict[str, Any] | None] = request_context.set(
            {**(request_context.get() or {}), **named}
        )
        self._outer = current.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception):
            self.failed(error)
        if self._error:
            self._span.set_attribute("error.type", self._error)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
        current.detach(self._outer)
        request_context.reset(self._logs)

    def answered(self, status: int, route: str = "") -> None:
        if status:
            self._span.set_attribute("http.response.status_code", status)
        if status >= (500 if self._is_server else 400):
            self._error = self._error or str(status)
        if route:
            self._span.set_attribute("http.route", route)
            self._span.update_name(f"{self._method} {route}")

    def failed(self, error: BaseException) -> None:
        self._error = type(error).__qualname__


def receiving(scope: Scope) -> Untraced:
    """The span of a request, a child of the one that its traceparent names. Without one it begins a trace,
    with the id that its logs have."""
    if _tracer is None or scope["path"].startswith(NOT_TRACED):
        return UNTRACED
    carrier = {
        name.decode("ascii"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in (b"traceparent", b"tracestate")
    }
    known = {
        "http.request.method": scope["method"],
        "url.scheme": scope.get("scheme", "http"),
        "url.path": scope["raw_path"].decode("ascii", "backslashreplace"),
    }
    return Span(_tracer, scope["method"], SpanKind.SERVER, known, _w3c.extract(carrier, Context()))


def calling(method: str, url: str, route: str = "") -> Untraced:
    """The span of a call to a peer. `url` comes without its query, which may hold what somebody searched
    for; `route` is its path with names in place of ids."""
    if _tracer is None:
        return UNTRACED
    peer = urlsplit(url)
    known: dict[str, Any] = {
        "http.request.method": method,
        "url.full": url,
        "server.address": peer.hostname or "",
    }
    if peer.port:
        known["server.port"] = peer.port
    if route:
        known["url.template"] = route
    return Span(_tracer, f"{method} {route}".strip(), SpanKind.CLIENT, known)


@contextmanager
def beginning(name: str) -> Iterator[Untraced]:
    """The span, and the ids in logs, of work that no request asked for."""
    token = request_context.set({"request_id": secrets.token_hex(16), "trace_id": secrets.token_hex(16)})
    try:
        if _tracer is None:
            yield UNTRACED
        else:
            with Span(_tracer, name, SpanKind.INTERNAL, {}, Context()) as span:
                yield span
    finally:
        request_context.reset(token)


def statement(query: Any) -> None:
    """The span of a statement that has ended: asyncpg tells us (`add_query_logger`), in the context of
    who ran it. Its text has no values in it. Statements outside any span, as health checks run them, have
    none."""
    if _tracer is None or not trace.get_current_span().get_span_context().is_valid:
        return
    ended = time.time_ns()
    span = _tracer.start_span(
        query.query.split(None, 1)[0].upper(),
        kind=SpanKind.CLIENT,
        attributes={"db.system.name": "postgresql", "db.query.text": query.query.strip()},
        start_time=ended - int(query.elapsed * 1e9),
    )
    if query.exception is not None:
        span.set_attribute("error.type", type(query.exception).__qualname__)
        span.set_status(StatusCode.ERROR)
    span.end(ended)


def hand_on(headers: MutableMapping[str, str]) -> None:
    """Writes into headers of a call which span it belongs to."""
    if _tracer is not None:
        _w3c.inject(headers)
