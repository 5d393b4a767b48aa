"""The outermost layer of every application, as plain ASGI since every request pays for it:
paths that could mean two things, request and trace ids, spans, HEAD, metrics, the access log, 500s."""

import logging
import re
import secrets
import time
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import traces
from chassis.logs import request_context
from chassis.problem import NotFound, Problem

requests = Counter("http_requests_total", "Requests answered", ["service", "method", "route", "status"])
seconds = Histogram(
    "http_request_seconds",
    "Time to the end of the answer, in seconds",
    ["service", "method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

# //, dot segments, %2F, encoded unreserved characters and control characters: a router that matches
# the raw path and a service that decodes it would not mean the same path.
AMBIGUOUS = re.compile(
    rb"//|/\.{1,2}(?:/|$)|%(?:2[fFdDeE]|5[fF]|7[eEfF]|3[0-9]|4[1-9a-fA-F]|5[0-9aA]|6[1-9a-fA-F]|7[0-9aA]"
    rb"|[01][0-9a-fA-F])|%(?![0-9a-fA-F]{2})"
)
_SANE_ID = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")
_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
_ROOT = re.compile(rb"(?:.*; ?)?Root=1-(?!0{8}-0{24})([0-9a-f]{8})-([0-9a-f]{24})(?:;.*)?")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

log = logging.getLogger("access")


class Edge:
    """Wraps an application; `service` is its name in metrics."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app, self.service = app, service
        self._counters: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = _context(scope)
        token = request_context.set(context)
        try:
            with traces.receiving(scope) as span:
                await self._answer(scope, receive, send, context["request_id"].encode(), span)
        finally:
            request_context.reset(token)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, request_id: bytes, span: traces.Untraced
    ) -> None:
        started = time.perf_counter()
        method, status = scope["method"], 0
        if method == "HEAD":
            scope = {**scope, "method": "GET", "head": True}

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            if AMBIGUOUS.search(scope["raw_path"]):
                await NotFound("This path is not written plainly").response()(scope, receive, send_marked)
            else:
                await self.app(scope, receive, send_marked)
        except Exception as error:
            span.failed(error)
            logging.getLogger(__name__).exception("unhandled error")
            if status:
                raise
            await Problem().response()(scope, receive, send_marked)
        finally:
            route = getattr(scope.get("route"), "path", "")
            span.answered(status, route)
            self._record(scope, method, route or "none", status, time.perf_counter() - started)

    def _record(self, scope: Scope, method: str, route: str, status: int, elapsed: float) -> None:
        label = method if method in _METHODS else "other"
        metrics = self._counters.get((label, route, status))
        if metrics is None:
            metrics = self._counters[label, route, status] = (
                requests.labels(self.service, label, route, str(status)),
                seconds.labels(self.service, label, route),
            )
        metrics[0].inc()
        metrics[1].observe(elapsed)
        if not route.startswith(("/health", "/internal")) or status >= 500:
            fields = {
                "method": method,
                "path": scope["raw_path"].decode("ascii", "backslashreplace"),
                "status": status,
                "ms": round(elapsed * 1000, 2),
            }
            log.info("request", extra={"fields": fields})


def _context(scope: Scope) -> dict[str, Any]:
    """The caller's request id when it is sane, else a new one; the trace goes on that the caller named (W3C
    traceparent), else the one that a load balancer did."""
    request_id, trace_id, root = b"", b"", b""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            request_id = value
        elif name == b"traceparent" and (match := _TRACEPARENT.fullmatch(value)):
            trace_id = match[1]
        elif name == b"x-amzn-trace-id" and (match := _ROOT.fullmatch(value)):
            root = match[1] + match[2]
    return {
        "request_id": request_id.decode() or secrets.token_hex(16),
        "trace_id": (trace_id or root).decode() or secrets.token_hex(16),
    }


def onward_headers() -> dict[str, str]:
    """Headers for a call to a peer, so that its logs name the same request and trace, as do those of a router
    or load balancer on the way."""
    context = request_context.get()
    if context is None:
        return {}
    trace_id = context["trace_id"]
    headers = {
        "X-Request-ID": context["request_id"],
        "X-Amzn-Trace-Id": f"Root=1-{trace_id[:8]}-{trace_id[8:]}",
        "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01",
    }
    traces.hand_on(headers)
    return headers
