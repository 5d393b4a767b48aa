"""One trace leads from the router through whoever was asked; a page of a feed leads through its publisher."""

import json
from collections.abc import Callable
from typing import Any

import asyncpg
from collector import Collector, Received
from forum_client import Forum, eventually, unique
from running import Running, in_a_loop_of_its_own

Spans = list[Received]


def log_lines(running: Running, service: str, **fields: str) -> list[dict[str, Any]]:
    """What a process has logged with these fields."""
    lines = map(json.loads, running.processes[service].log.read_text().splitlines())
    return [line for line in lines if fields.items() <= line.items()]


def trace_with(*needed: tuple[str, str]) -> Callable[[Spans], Spans | None]:
    """Finds the spans of the first trace in which each service has a span of that name."""

    def found(spans: Spans) -> Spans | None:
        for trace in dict.fromkeys(span.trace for span in spans):
            together = [span for span in spans if span.trace == trace]
            if set(needed) <= {(span.service, span.name) for span in together}:
                return together
        return None

    return found


def path_to(span: Received, spans: Spans) -> list[tuple[str, str, str]]:
    """Service, kind and name of a span and of all above it, from the first one on."""
    by_id = {one.id: one for one in spans}
    path = [span]
    while path[0].parent in by_id:
        path.insert(0, by_id[path[0].parent])
    assert path[0].parent == "", "the first span of the trace is missing"
    return [(one.service, one.kind, one.name) for one in path]


def test_a_page_leads_through_router_web_router_and_service(
    traced: Running, site: Forum, collector: Collector
) -> None:
    name = unique("request")
    assert site.request("GET", "/", headers={"X-Request-ID": name}).status_code == 200
    spans = collector.wait_for(trace_with(("web", "GET /"), ("topics", "GET /api/topics")))
    asked = next(span for span in spans if (span.service, span.name) == ("topics", "GET /api/topics"))
    assert path_to(asked, spans) == [
        ("web", "server", "GET /"),
        ("web", "client", "GET"),
        ("topics", "server", "GET /api/topics"),
    ]
    for service, path in (("web", "/"), ("topics", "/api/topics")):
        (line,) = log_lines(traced, service, request_id=name, path=path)
        assert line["trace_id"] == asked.trace, f"the log of {service}"

    def routers_lines() -> None:
        root = f"Root=1-{asked.trace[:8]}-{asked.trace[8:]}"
        paths = {line["path"] for line in log_lines(traced, "router") if root in line["trace"]}
        assert {"/", "/api/topics"} <= paths

    eventually(routers_lines)


def test_a_look_up_leads_through_both_services(traced: Running, site: Forum, collector: Collector) -> None:
    ada = site.register("ada")

    async def while_the_feed_is_held(work: Callable[[], Any]) -> None:
        connection = await asyncpg.connect(traced.databases["messages"])
        try:
            await connection.execute("SELECT pg_advisory_lock(hashtextextended('messages.topics', 0))")
            work()
        finally:
            await connection.close()

    def reply_at_once() -> None:
        ada.replies(ada.starts_topic("Known to nobody else"), "Already?")

    in_a_loop_of_its_own(lambda: while_the_feed_is_held(reply_at_once))
    asked = ("topics", "GET /internal/topics/{topic_id}")
    spans = collector.wait_for(trace_with(("messages", "POST /api/topics/{topic_id}/messages"), asked))
    answer = next(span for span in spans if (span.service, span.name) == asked)
    assert path_to(answer, spans) == [
        ("messages", "server", "POST /api/topics/{topic_id}/messages"),
        ("messages", "client", "GET /internal/topics/{id}"),
        ("topics", "server", "GET /internal/topics/{topic_id}"),
    ]


def test_a_page_of_a_feed_leads_through_its_publisher(
    traced: Running, site: Forum, collector: Collector
) -> None:
    site.register("bob")
    published = ("users", "GET /internal/changes/{relation}")

    def applied(spans: Spans) -> Spans | None:
        of_feed = [
            span for span in spans if "INSERT INTO topics.authors" in span.attributes.get("db.query.text", "")
        ]
        for statement in of_feed:
            found = [span for span in spans if span.trace == statement.trace]
            names = {(span.service, span.name) for span in found}
            if {published, ("topics", "follow topics.authors")} <= names:
                return found
        return None

    spans = collector.wait_for(applied)
    answer = next(span for span in spans if (span.service, span.name) == published)
    assert path_to(answer, spans) == [
        ("topics", "internal", "follow topics.authors"),
        ("topics", "client", "GET /internal/changes/authors"),
        ("users", "server", "GET /internal/changes/{relation}"),
    ]
    statement = next(
        s for s in spans if "INSERT INTO topics.authors" in s.attributes.get("db.query.text", "")
    )
    assert path_to(statement, spans)[:-1] == [("topics", "internal", "follow topics.authors")]


def test_what_was_not_sent_yet_is_sent_before_the_process_ends(
    traced: Running, site: Forum, collector: Collector
) -> None:
    users = traced.processes["users"]
    delay = users.environment["OTEL_BSP_SCHEDULE_DELAY"]
    users.environment["OTEL_BSP_SCHEDULE_DELAY"] = "600000"
    traced.stop("users")
    traced.start("users")
    try:
        name = unique("nobody")
        assert site.get(f"/api/users/{name}").status_code == 404
        traced.stop("users")
        collector.wait_for(
            lambda spans: any(span.attributes.get("url.path") == f"/api/users/{name}" for span in spans)
        )
    finally:
        users.environment["OTEL_BSP_SCHEDULE_DELAY"] = delay
        traced.start_what_is_down()
