"""What a page for people costs beside the calls of the API that it makes: one request at a time, in turns."""

import http.client
import time
from statistics import median
from urllib.parse import urlsplit

from bench.forums import Forum

TURNS = 500
WARMING = 50


def measure(forum: Forum) -> dict[str, float]:
    """Milliseconds to the end of the answer, medians: a topic's page, and each of its calls where the front
    end sends it, to the router in the split and to itself in the monolith."""
    topic = forum.topics[0]
    api = forum.running.url if forum.running.topology == "split" else forum.direct("web")
    asked = {
        "page": (forum.direct("web"), f"/topics/{topic}"),
        "topic": (api, f"/api/topics/{topic}"),
        "messages": (api, f"/api/topics/{topic}/messages?after=0&limit=20"),
    }
    connections = {url: http.client.HTTPConnection(urlsplit(url).netloc) for url, _ in asked.values()}
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(WARMING + TURNS):
        for name, (url, path) in asked.items():
            times[name].append(_milliseconds(connections[url], path))
    for connection in connections.values():
        connection.close()
    return {name: median(measured[WARMING:]) for name, measured in times.items()}


def _milliseconds(connection: http.client.HTTPConnection, path: str) -> float:
    started = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    elapsed = time.perf_counter() - started
    if answer.status != 200:
        raise SystemExit(f"{path} is answered {answer.status}")
    return elapsed * 1000


def lines(measured: dict[str, dict[str, float]]) -> list[str]:
    """The figures, a line for each topology."""
    heading = f"{'topic page of 20 messages ÷ its API calls':52} {'ratio':>7} {'ms':>8}"
    return [heading] + [
        f"{topology:52} {one['page'] / (one['topic'] + one['messages']):7.2f} {one['page']:8.2f}"
        for topology, one in measured.items()
    ]
