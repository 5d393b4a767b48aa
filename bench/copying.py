"""How long the messages take to their own database by `forum cutover copy`, beside pg_dump | psql of the same
rows into the same tables, and what those who read meanwhile are left with."""

import asyncio
import math
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from bench.depth import TOPIC, grow
from bench.forums import databases, passable_folder
from bench.load import Target, rate
from forum.cutover import copying
from forum.cutover.replication import Stream
from forum.cutover.sides import Place, pairs
from forum.hosting.embedded import Server, running
from forum.moving.progress import bars
from tests.running import Running

TABLES = ("messages", "activity")
SECONDS = 5.0  # how long the monolith is loaded without a copy, for comparison
START = """
    INSERT INTO topics.topics (id, author_id, title, body, html, render_version, tags, created_at)
    VALUES ($1, $1, 'Deep', '', '', 1, '{}', now())
"""
COUNT = "INSERT INTO messages.activity (topic_id, last_number, message_count) VALUES ($1, $2, $2)"


async def measure(rows: int) -> dict[str, Any]:
    """Seconds of each, and requests per second of a page of messages, without and with a copy under way."""
    folder = passable_folder()
    server = Server(folder / "postgres")
    try:
        async with running(server, folder / "postgres.log"):
            urls = await databases(server, "mixture")
            forum = Running("mixture", urls, folder)
            await asyncio.to_thread(forum.migrate)
            await fill(urls["monolith"], rows)
            dumped = await asyncio.to_thread(dump, server, urls)
            await empty(urls["messages"])
            target = Target("a page", f"http://127.0.0.1:{forum.processes['monolith'].port}/api/messages")
            try:
                await asyncio.to_thread(forum.start, "monolith")
                quiet = await asyncio.to_thread(rate, target, SECONDS)
                copied, meanwhile = await copy(urls, target, dumped)
            finally:
                forum.kill("monolith")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"rows": rows, "dump": dumped, **copied, "reads": quiet, "reads meanwhile": meanwhile}


async def fill(url: str, rows: int) -> None:
    """One topic of the monolith with so many messages."""
    connection = await asyncpg.connect(url)
    await connection.execute(START, TOPIC)
    await grow(connection, rows)
    await connection.execute(COUNT, TOPIC, rows)
    await connection.close()


def dump(server: Server, urls: dict[str, str]) -> float:
    """Seconds of pg_dump | psql from the monolith's tables into the service's, whose indexes are there."""
    tables = [f"--table=messages.{table}" for table in TABLES]
    began = time.perf_counter()
    dumping = subprocess.Popen(
        [server.binaries / "pg_dump", "--data-only", *tables, urls["monolith"]], stdout=subprocess.PIPE
    )
    psql = [str(server.binaries / "psql"), "--quiet", "--set=ON_ERROR_STOP=1", urls["messages"]]
    subprocess.run(psql, stdin=dumping.stdout, stdout=subprocess.DEVNULL, check=True)
    if dumping.wait() != 0:
        raise SystemExit("pg_dump failed")
    return time.perf_counter() - began


async def empty(url: str) -> None:
    """The service's tables as they were."""
    connection = await asyncpg.connect(url)
    await connection.execute(f"TRUNCATE {', '.join(f'messages.{table}' for table in TABLES)}")
    await connection.close()


async def copy(urls: dict[str, str], target: Target, seconds: float) -> tuple[dict[str, float], float]:
    """Seconds of the copy, and of comparing both sides alone; and the requests per second that the monolith
    answered meanwhile, for about as long as the copy takes (`seconds`)."""
    places = Place("monolith", urls["monolith"], "http://m"), Place("service", urls["messages"], "http://s")
    async with pairs({"messages": places}) as found:
        pair = found["messages"]
        reading = asyncio.create_task(asyncio.to_thread(rate, target, max(math.ceil(seconds), SECONDS)))
        with bars() as shown:
            copied = await timed(lambda: copying.copy(pair, shown))
            meanwhile = await reading
            compared = await timed(lambda: copying.verify(Stream(pair, pair.monolith), shown))
        await Stream(pair, pair.monolith).drop()
    return {"copy and compare": copied, "compare": compared}, meanwhile


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """How many seconds it takes."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def lines(measured: dict[str, Any]) -> list[str]:
    """The table's part."""
    dumped, reads = measured["dump"], measured["reads"]
    copied = measured["copy and compare"] - measured["compare"]
    return [
        f"copy of {measured['rows']:,} messages: seconds ÷ pg_dump | psql into the same tables",
        f"  copied   {copied:7.1f} ÷ {dumped:7.1f} = {copied / dumped:5.2f}",
        f"  compared {measured['compare']:7.1f} ÷ {dumped:7.1f} = {measured['compare'] / dumped:5.2f}",
        f"  pages of messages a second meanwhile ÷ without: {measured['reads meanwhile'] / reads:5.2f}",
    ]
