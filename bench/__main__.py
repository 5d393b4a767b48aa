"""`python -m bench`: every figure beside the yardstick of the same round, in turns; medians are printed.

A table goes to standard output, everything that was measured to bench/results/latest.json.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from bench import copying, depth, imports, inserts, pages
from bench.forums import TEXT, Forum, forums, haproxy
from bench.load import Target, posts, rate
from bench.processes import bare_uvicorn, resident_mib, seconds_to_ready

RESULTS = Path(__file__).parent / "results" / "latest.json"
READS = {
    "list messages": ("messages", "/api/topics/{topic}/messages"),
    "topic": ("topics", "/api/topics/{topic}"),
    "topic list": ("topics", "/api/topics"),
}


def main() -> None:
    """Parses the command line and measures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="how long each target is loaded in a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median of their ratios counts")
    parser.add_argument("--rows", type=int, default=1_000_000, help="messages of the deep topic")
    parser.add_argument("--mbox", type=Path, help="a mailbox to import; a made-up one without it")
    chosen = parser.parse_args()
    results = asyncio.run(measure(chosen))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print_table(results)


async def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Everything, as one JSON document."""
    results: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"python": platform.python_version(), "cpus": os.cpu_count()},
    }
    async with forums() as by_topology:
        results["throughput"] = await throughput(by_topology, chosen.seconds, chosen.rounds)
        progress("pages for people")
        results["pages"] = {
            topology: await asyncio.to_thread(pages.measure, forum) for topology, forum in by_topology.items()
        }
        results["processes"] = await asyncio.to_thread(processes, by_topology)
        results["depth"] = await depths(by_topology["split"].databases["messages"], chosen.rows)
    results["import"] = await imports.measure(chosen.mbox)
    progress("the copy of a cutover")
    results["copy"] = await copying.measure(chosen.rows)
    return results


async def throughput(by_topology: dict[str, Forum], seconds: float, rounds: int) -> dict[str, Any]:
    """Requests per second, each target once a round, beside the round's yardsticks."""
    with ExitStack() as stack:
        hello, _, _ = stack.enter_context(bare_uvicorn())
        targets = [Target("yardstick", hello)]
        for topology, forum in by_topology.items():
            proxied = {"proxy": forum.running.url, "haproxy": stack.enter_context(haproxy(forum))}
            targets += reads(topology, forum, proxied) + writes(topology, forum, proxied)
        forum, text = by_topology["split"], (TEXT * 4)[:300]
        url = forum.databases["messages"]
        measured = []
        for number in range(rounds):
            row = {
                "bare insert": await inserts.rate(url, text, seconds),
                "post, its statement alone": await inserts.post_rate(url, forum.topics[1:], text, seconds),
                "post on one topic, its statement alone": await inserts.post_rate(
                    url, forum.topics[1:2], text, seconds
                ),
            }
            for target in targets:
                progress(f"round {number + 1} of {rounds}: {target.name}")
                row[target.name] = await asyncio.to_thread(rate, target, seconds)
            measured.append(row)
    return {"rounds": measured}


def reads(topology: str, forum: Forum, proxied: dict[str, str | None]) -> list[Target]:
    """The reads of one forum, direct and through each router."""
    targets = []
    for name, (group, path) in READS.items():
        for way, base in {"direct": forum.direct(group), **proxied}.items():
            if base:
                url = base + path.format(topic=forum.topics[0])
                targets.append(Target(f"{name}, {topology}, {way}", url))
    return targets


def writes(topology: str, forum: Forum, proxied: dict[str, str | None]) -> list[Target]:
    """Posts, spread over topics and, apart, on one hot topic."""
    spread, hot = posts(forum.token, forum.topics[1:]), posts(forum.token, forum.topics[1:2])
    direct = forum.direct("messages")
    targets = [Target(f"post, {topology}, direct", direct, spread)]
    targets += [Target(f"post, {topology}, {way}", base, spread) for way, base in proxied.items() if base]
    return [*targets, Target(f"post on one topic, {topology}, direct", direct, hot)]


def processes(by_topology: dict[str, Forum]) -> dict[str, Any]:
    """Seconds from start to healthy and MiB resident, of every application; each is started anew."""
    measured: dict[str, Any] = {}
    for forum in by_topology.values():
        for name in (name for name in forum.running.names if name != "router"):
            with bare_uvicorn() as (_, bare_seconds, _):
                pass
            process = forum.running.processes[name]
            forum.running.stop(name)
            ready = seconds_to_ready(process)
            path = (
                "/" if name == "web" else "/api/topics" if name in ("topics", "monolith") else f"/api/{name}"
            )
            measured[name] = {
                "ready_seconds": ready,
                "bare_seconds": bare_seconds,
                "ratio": ready / bare_seconds,
                "resident_mib": resident_mib(process, path),
            }
    return measured


async def depths(url: str, rows: int) -> dict[str, Any]:
    """The cost of pages at ten thousand rows and at `rows`."""
    connection = await asyncpg.connect(url, statement_cache_size=0)
    measured, have = {}, 0
    for size in sorted({min(10_000, rows), rows}):
        progress(f"filling a topic with {size:,} messages")
        await depth.grow(connection, size, have)
        have = size
        measured[str(size)] = await depth.pages(connection, size)
    await connection.close()
    return measured


def progress(words: str) -> None:
    """Says on a terminal what is going on."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{words}")
        sys.stderr.flush()


def print_table(results: dict[str, Any]) -> None:
    """The figures as ratios."""
    progress("")
    rounds = results["throughput"]["rounds"]
    lines = [f"{'requests per second ÷ its yardstick':52} {'ratio':>7} {'req/s':>8}"]
    for name in rounds[0]:
        yardstick = "bare insert" if name.startswith(("post", "bare")) else "yardstick"
        ratio = median(row[name] / row[yardstick] for row in rounds)
        lines.append(f"{name:52} {ratio:7.3f} {median(row[name] for row in rounds):8.0f}")
    lines += ["", f"{'through a router ÷ direct':52} {'ratio':>7}"]
    for name in rounds[0]:
        what, _, way = name.rpartition(", ")
        if way in ("proxy", "haproxy"):
            lines.append(f"{name:52} {median(row[name] / row[f'{what}, direct'] for row in rounds):7.3f}")
    lines += ["", f"{'split ÷ monolith, direct':52} {'ratio':>7}"]
    for name in (*READS, "post"):
        split, whole = f"{name}, split, direct", f"{name}, monolith, direct"
        lines.append(f"{name:52} {median(row[split] / row[whole] for row in rounds):7.3f}")
    lines += ["", *pages.lines(results["pages"])]
    lines += ["", f"{'process':12} {'start ÷ bare uvicorn':>21} {'resident MiB':>14}"]
    for name, figures in results["processes"].items():
        lines.append(f"{name:12} {figures['ratio']:21.2f} {figures['resident_mib']:14.1f}")
    lines += ["", f"{'page of 20 messages':20} {'rows':>9} {'buffers':>9} {'ms':>8}"]
    for rows, by_page in results["depth"].items():
        for name, cost in by_page.items():
            lines.append(f"{name:20} {int(rows):9,} {cost['buffers']:9.0f} {cost['milliseconds']:8.3f}")
    lines += ["", *imports.lines(results["import"])]
    lines += ["", *copying.lines(results["copy"])]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
