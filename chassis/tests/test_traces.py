"""Traces: a span for each request, call, statement and page of a feed, one trace from end to end."""

import asyncio
import io
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import bookshop
import httpx
import orjson
import pytest
from collector import Collector, Received
from library import Library, Shop, open_library, publishing

from chassis import follow, traces
from chassis.changes import Wakeup
from chassis.database import Database, Statement
from chassis.edge import onward_headers
from chassis.logs import JsonLines, request_context

FreshDatabase = Callable[..., Awaitable[str]]
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"
ROOT = f"Root=1-{TRACE[:8]}-{TRACE[8:]}"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector().listening() as collector:
        yield collector


@pytest.fixture
def traced(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Where the spans of this process go."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    collector.spans.clear()
    traces.configure("shop", collector.url)
    yield collector
    traces.close(5)


@pytest.fixture
async def shop(shop_template: str, fresh_database: FreshDatabase) -> AsyncIterator[httpx.AsyncClient]:
    async with bookshop.visit(bookshop.create_app(await fresh_database(like=shop_template))) as client:
        yield client


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Gives what was logged, as a container would write it."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonLines("shop"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("INFO")
    yield lambda: [orjson.loads(line) for line in handler.stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


async def told(collector: Collector, *names: str) -> dict[str, Received]:
    """The first span of each name, once all have come."""

    def all_of_them(spans: list[Received]) -> dict[str, Received] | None:
        found = {span.name: span for span in reversed(spans)}
        return found if set(names) <= set(found) else None

    found: dict[str, Received] = await asyncio.to_thread(collector.wait_for, all_of_them)
    return found


async def test_a_request_is_a_span_with_its_statements_beneath(
    traced: Collector, shop: httpx.AsyncClient
) -> None:
    answer = await shop.get("/books", headers={"traceparent": PARENT})
    assert answer.status_code == 200
    spans = await told(traced, "GET /books", "SELECT")
    request, statement = spans["GET /books"], spans["SELECT"]
    assert (request.service, request.kind, request.trace, request.parent) == ("shop", "server", TRACE, SPAN)
    assert request.attributes == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "url.path": "/books",
        "http.route": "/books",
        "http.response.status_code": 200,
    }
    assert (statement.kind, statement.trace, statement.parent) == ("client", TRACE, request.id)
    assert statement.attributes["db.system.name"] == "postgresql"
    assert "FROM shop.books WHERE title > $1" in statement.attributes["db.query.text"]
    assert 0 < statement.seconds < request.seconds


async def test_logs_of_a_request_name_its_span(
    traced: Collector, shop: httpx.AsyncClient, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    await shop.get("/books", headers={"X-Request-ID": "mine"})
    request = (await told(traced, "GET /books"))["GET /books"]
    (line,) = [line for line in lines() if line.get("request_id") == "mine"]
    assert (line["trace_id"], line["span_id"]) == (request.trace, request.id)
    assert request.parent == ""


@pytest.mark.parametrize(
    "sent", [ROOT, f"Self=1-67891234-12456789abcdef012345678;{ROOT}", f"{ROOT};Sampled=1"]
)
async def test_the_trace_that_a_load_balancer_named_goes_on(
    traced: Collector, shop: httpx.AsyncClient, sent: str
) -> None:
    await shop.get("/books", headers={"X-Amzn-Trace-Id": sent})
    assert (await told(traced, "GET /books"))["GET /books"].trace == TRACE


async def test_logs_name_the_load_balancers_trace_without_any_tracing(
    shop: httpx.AsyncClient, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    other = "1" * 32
    await shop.get("/books", headers={"X-Amzn-Trace-Id": ROOT})
    await shop.get("/books", headers={"X-Amzn-Trace-Id": ROOT, "traceparent": f"00-{other}-{SPAN}-01"})
    await shop.get(
        "/books", headers={"X-Amzn-Trace-Id": "Root=1-0-nonsense", "traceparent": f"00-{'0' * 32}-{SPAN}-01"}
    )
    ids = [line["trace_id"] for line in lines() if line["logger"] == "access"]
    assert ids[:2] == [TRACE, other]
    assert len(set(ids[2]) - {"0"}) > 1, "a new one where both make no sense"
    assert not any("span_id" in line for line in lines())


async def test_a_mistake_of_ours_marks_its_span(traced: Collector, shop: httpx.AsyncClient) -> None:
    assert (await shop.get("/broken")).status_code == 500
    assert (await shop.get("/books/none")).status_code == 404
    spans = await told(traced, "GET /broken", "GET /books/{book_id}")
    assert spans["GET /broken"].failed
    assert spans["GET /broken"].attributes["error.type"] == "RuntimeError"
    assert not spans["GET /books/{book_id}"].failed


async def test_what_machines_ask_every_few_seconds_is_not_traced(
    traced: Collector, shop: httpx.AsyncClient
) -> None:
    await shop.get("/health/ready")
    await shop.get("/books")
    await told(traced, "GET /books", "SELECT")
    traces.close(5)
    assert not [span for span in traced.spans if "health" in span.name or "alive" in str(span.attributes)]


async def test_a_request_that_its_sender_does_not_trace_is_not_traced_here(
    traced: Collector, shop: httpx.AsyncClient
) -> None:
    await shop.get("/books", headers={"traceparent": f"00-{TRACE}-{SPAN}-00"})
    traces.close(5)
    assert traced.spans == []


async def test_what_is_sent_to_a_peer_names_the_call(traced: Collector) -> None:
    with traces.beginning("work"), traces.calling("GET", "http://peer:8001/things/7", "/things/{id}") as call:
        headers = onward_headers()
        call.answered(503)
    call_span = (await told(traced, "work", "GET /things/{id}"))["GET /things/{id}"]
    assert headers["traceparent"] == f"00-{call_span.trace}-{call_span.id}-01"
    assert headers["X-Amzn-Trace-Id"] == f"Root=1-{call_span.trace[:8]}-{call_span.trace[8:]}"
    assert call_span.failed
    assert call_span.attributes == {
        "http.request.method": "GET",
        "url.full": "http://peer:8001/things/7",
        "url.template": "/things/{id}",
        "server.address": "peer",
        "server.port": 8001,
        "http.response.status_code": 503,
        "error.type": "503",
    }


@pytest.fixture
async def publisher(shop_template: str, fresh_database: FreshDatabase) -> AsyncIterator[Shop]:
    async with publishing(await fresh_database(like=shop_template)) as shop:
        yield shop


@pytest.fixture
async def library(publisher: Shop, fresh_database: FreshDatabase) -> AsyncIterator[Library]:
    url = await fresh_database()
    await open_library(url)
    library = Library(url, publisher)
    yield library
    await library.database.close()


async def test_a_page_of_a_feed_is_one_trace_from_follower_to_publisher_and_back(
    traced: Collector, library: Library, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    await library.shop.adds("a")
    async with library.running(library.task()):
        spans: list[Received] = await asyncio.to_thread(traced.wait_for, page_with_news)
    root, call, answer = (
        next(span for span in spans if span.name.startswith(name) and span.kind == kind)
        for name, kind in (
            ("follow library.books", "internal"),
            ("GET /internal/changes/books", "client"),
            ("GET /internal/changes/{relation}", "server"),
        )
    )
    assert (root.parent, call.parent, answer.parent) == ("", root.id, call.id)
    parents = {
        "FROM shop.books": answer.id,  # the publisher reads the page
        "INSERT INTO library.books": root.id,  # the follower applies it
        "INSERT INTO library.feed_cursors": root.id,
        "COMMIT": root.id,
    }
    for text, parent in parents.items():
        assert {s.parent for s in spans if text in s.attributes.get("db.query.text", "")} == {parent}, text


def page_with_news(spans: list[Received]) -> list[Received] | None:
    """All spans of the trace in which a book was applied."""
    for applied in spans:
        if "INSERT INTO library.books" in applied.attributes.get("db.query.text", ""):
            trace = [span for span in spans if span.trace == applied.trace]
            if any(span.kind == "internal" for span in trace):  # it ends last
                return trace
    return None


async def test_a_publisher_that_is_away_is_said_under_the_ids_of_the_trace(
    traced: Collector,
    library: Library,
    lines: Callable[[], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follow, "RETRY_SECONDS", (0.01, 0.02))
    away = httpx.MockTransport(lambda request: httpx.Response(503))
    async with library.running(library.task(network=away)):
        root = (await told(traced, "follow library.books"))["follow library.books"]
    assert root.failed
    said = next(line for line in lines() if line["message"].startswith("feed library.books: "))
    assert (said["trace_id"], said["span_id"]) == (root.trace, root.id)


async def test_looking_for_changes_is_not_the_work_of_the_request_that_began_it() -> None:
    seen: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    class Watched(Database):
        async def one(self, statement: Statement, **params: Any) -> None:
            if not seen.done():
                seen.set_result(request_context.get())

    wakeup = Wakeup(Watched("postgresql://nowhere"))
    with traces.beginning("a request that waits"):
        waiting = asyncio.create_task(wakeup.wait(5))
    assert await seen is None
    wakeup.wake()
    await waiting


async def test_a_line_tells_the_lag_of_each_feed(
    library: Library, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "TELL_SECONDS", 0.001)
    task = library.task()
    task._caught_up_at -= 90
    telling = asyncio.create_task(follow.tell_lag([task]))
    deadline = time.monotonic() + 5
    while not (told := [line for line in lines() if line["logger"] == "chassis.follow"]):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
    telling.cancel()
    assert (told[0]["feed"], told[0]["level"]) == ("library.books", "info")
    assert 90 <= told[0]["lag_seconds"] < 100


async def test_a_collector_that_is_away_slows_nothing(
    shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    traces.configure("shop", "http://127.0.0.1:1")
    began = time.monotonic()
    for _ in range(20):
        assert (await shop.get("/books")).status_code == 200
    traces.close(1.0)
    assert time.monotonic() - began < 3


async def test_a_collector_that_hangs_does_not_keep_the_process_from_ending(
    shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    async with await asyncio.start_server(swallow, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        traces.configure("shop", f"http://127.0.0.1:{port}")
        assert (await shop.get("/books")).status_code == 200
        began = time.monotonic()
        await asyncio.to_thread(traces.close, 0.5)
        assert 0.4 < time.monotonic() - began < 2


def test_without_an_endpoint_nothing_of_the_sdk_is_imported() -> None:
    program = (
        "import chassis.app, chassis.serve, sys; from chassis import traces; traces.configure('shop', ''); "
        "print([m for m in sys.modules if m.startswith(('opentelemetry.sdk', 'opentelemetry.exporter',"
        " 'google.protobuf', 'requests'))])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() == "[]"
