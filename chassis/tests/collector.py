"""A collector of traces in the test's own process: what comes to it by OTLP over HTTP, as plain values."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


@dataclass(frozen=True)
class Received:
    """One span; ids as in a traceparent, `parent` is "" for the first one of a trace."""

    service: str
    trace: str
    id: str
    parent: str
    name: str
    kind: str
    seconds: float
    failed: bool
    attributes: dict[str, Any] = field(compare=False)


class Collector:
    """Listens at `url`; `spans` is what has come so far."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self._came = threading.Condition()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.take(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        spans = [
            received(service_of(resource.resource.attributes), span)
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        with self._came:
            self.spans += spans
            self._came.notify_all()

    def wait_for(self, enough: Callable[[list[Received]], Any], within: float = 20) -> Any:
        """What `enough` gives for the spans that came, once that is true."""
        deadline = time.monotonic() + within
        with self._came:
            while not (found := enough(self.spans)):
                left = deadline - time.monotonic()
                assert left > 0, "\n".join(["the spans did not come; there are", *map(str, self.spans)])
                self._came.wait(left)
            return found

    @contextmanager
    def listening(self) -> Iterator["Collector"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def received(service: str, span: Span) -> Received:
    return Received(
        service=service,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        attributes={pair.key: plain(pair.value) for pair in span.attributes},
    )


def service_of(attributes: Any) -> str:
    return str({pair.key: plain(pair.value) for pair in attributes}["service.name"])


def plain(value: AnyValue) -> Any:
    return getattr(value, str(value.WhichOneof("value")))
