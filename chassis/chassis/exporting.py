"""Sending spans away by OTLP over HTTP: OpenTelemetry's SDK, imported by `traces.configure` alone.

What else the SDK takes from its environment (OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_BSP_…,
OTEL_EXPORTER_OTLP_HEADERS) it takes itself: https://opentelemetry.io/docs/languages/sdk-configuration/
"""

import logging
from threading import Thread

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from chassis.logs import request_context


class TraceIds(RandomIdGenerator):
    """A trace that begins here has the id that logs name already."""

    def generate_trace_id(self) -> int:
        """128 bits, not all 0."""
        context = request_context.get()
        return int(context["trace_id"], 16) if context else super().generate_trace_id()

    def is_trace_id_random(self) -> bool:
        """It may be what somebody sent as X-Amzn-Trace-Id."""
        return False


class Exporter:
    """A tracer whose spans a thread sends in batches. It is not made the global one: libraries that would
    then trace as well (FastAPI does) stay silent."""

    def __init__(self, service: str, endpoint: str) -> None:
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": service}),
            id_generator=TraceIds(),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self._provider.get_tracer("chassis")
        # A collector that is away is said once a batch, when that is given up, not at each try.
        logging.getLogger("opentelemetry").setLevel(logging.ERROR)

    def close(self, seconds: float) -> None:
        """Sends the rest. Whoever cannot be reached in that time does not keep the process from ending."""
        closing = Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(seconds)
        if closing.is_alive():
            logging.getLogger(__name__).warning("the last spans were not sent within %.1f s", seconds)
