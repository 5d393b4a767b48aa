"""Serving an application on its two ports, and ending as a load balancer wants it."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Iterator

import uvicorn
import uvloop
from fastapi import FastAPI

from chassis import logs, traces
from chassis.settings import Settings

SPANS_SECONDS = 3.0  # at the end, for spans that are not sent yet; less where SHUTDOWN_SECONDS leaves less
KEEP_ALIVE_SECONDS = 75  # longer than a load balancer's idle timeout (60 s), else it answers 502


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to `serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """No handler here."""
        yield


def serve(name: str, app: FastAPI, settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT: readiness goes 503 while requests are still taken for
    `drain_seconds`, then streams end, what is in flight finishes within `shutdown_seconds`, and the process
    exits with 0."""
    logs.configure(name, form=settings.log_format, level=settings.log_level)
    traces.configure(name, settings.otel_exporter_otlp_endpoint)
    latest = uvloop.run(_serve(app, settings))
    traces.close(min(SPANS_SECONDS, max(latest - time.monotonic(), 0)))


async def _serve(app: FastAPI, settings: Settings) -> float:
    """The latest moment of time.monotonic at which the process is to end."""
    faces = [(app, settings.port)]
    if private := getattr(app.state, "private", None):
        faces.append((private, settings.private_port))
    servers = [_server(face, port, settings) for face, port in faces]
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    running = [asyncio.create_task(server.serve()) for server in servers]
    stop = asyncio.create_task(asked_to_stop.wait())
    await asyncio.wait([stop, *running], return_when=asyncio.FIRST_COMPLETED)
    if not stop.done():  # a server ended by itself: a port in use, and uvicorn has said so
        sys.exit(1)
    app.state.draining.set()
    await asyncio.sleep(settings.drain_seconds)
    app.state.stopping.set()
    latest = time.monotonic() + settings.shutdown_seconds
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*running)
    return latest


def _server(app: FastAPI, port: int, settings: Settings) -> Server:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    return Server(config)
