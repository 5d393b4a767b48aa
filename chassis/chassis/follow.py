"""Change feeds, the following end: keeps a relation of ours true to a peer's, page by page.

A page and its cursor are applied in one transaction that holds an advisory lock and finds the old
cursor still there. So of several tasks one consumes; a page that comes twice, or late, changes nothing.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import httpx
import orjson
from prometheus_client import Counter, Gauge

from chassis import peers, traces
from chassis.database import Database, Statement, sql

PAGE = 500
WAIT_SECONDS = 20.0
RETRY_SECONDS = (0.2, 5.0)  # first and longest pause after a failure
TELL_SECONDS = 60.0

lag_seconds = Gauge("feed_lag_seconds", "Seconds since the feed was last known to be caught up", ["feed"])
applied = Counter("feed_rows_applied_total", "Rows applied from a feed", ["feed"])
resyncs = Counter("feed_resyncs_total", "Times a feed was begun from nothing", ["feed"])

log = logging.getLogger(__name__)


def ddl(schema: str) -> str:
    """The table of cursors, for the first migration of a follower."""
    return f"CREATE TABLE {schema}.feed_cursors (relation text PRIMARY KEY, cursor text NOT NULL);"


class Follower:
    """Follows one relation of a peer. `apply` is one statement that upserts the page in `:items`, a
    JSON array of the feed's rows. `auth` is (our name, our key)."""

    def __init__(
        self,
        database: Database,
        schema: str,
        relation: str,
        *,
        url: str,
        auth: tuple[str, str],
        apply: Statement,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = f"{schema}.{relation}"
        self._database, self._relation, self._apply = database, relation, apply
        self._client = peers.client(url, auth, seconds=WAIT_SECONDS + 10, transport=transport)
        self._read = sql(f"SELECT cursor FROM {schema}.feed_cursors WHERE relation = :relation")
        self._advance = sql(f"""
            INSERT INTO {schema}.feed_cursors (relation, cursor) VALUES (:relation, :cursor)
            ON CONFLICT (relation) DO UPDATE SET cursor = excluded.cursor
        """)
        self._caught_up_at = time.monotonic()
        self._waiting = False  # at the end of the feed, with a request out that waits for more
        self.last_error: str | None = None
        lag_seconds.labels(self.name).set_function(self.lag)

    def lag(self) -> float:
        """Seconds since this feed was last known to be caught up; 0 while it waits at the end."""
        return 0.0 if self._waiting else time.monotonic() - self._caught_up_at

    async def run(self) -> None:
        """Follows until it is cancelled; whatever goes wrong is logged, kept and tried again."""
        first, longest = RETRY_SECONDS
        pause = first
        try:
            while True:
                if await self._step_succeeds():
                    pause = first
                else:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, longest)
        finally:
            await self._client.aclose()

    async def _step_succeeds(self) -> bool:
        with traces.beginning(f"follow {self.name}") as span:
            try:
                await self.step(wait=WAIT_SECONDS)
                self.last_error = None
            except Exception as error:  # whatever it is: a feed that stops is stale for ever
                self._waiting = False
                self.last_error = f"{type(error).__name__}: {error}"
                span.failed(error)
                log.warning("feed %s: %s", self.name, self.last_error)
            return self.last_error is None

    async def step(self, *, wait: float = 0.0) -> bool:
        """Takes one page. True when the feed is caught up."""
        cursor = await self._cursor()
        path = f"/internal/changes/{self._relation}"
        params: dict[str, str | float] = {
            "since": cursor,
            "limit": PAGE,
            "wait": wait if self._waiting else 0,
        }
        answer = await peers.ask(self._client, path, route=path, params=params)
        if answer.status_code == 410:
            log.warning("feed %s: begins from nothing, its cursor is gone", self.name)
            resyncs.labels(self.name).inc()
            await self.apply_page(cursor, [], "")
            return False
        answer.raise_for_status()
        page = answer.json()
        is_news = page["items"] or page["next"] != cursor
        if is_news and not await self.apply_page(cursor, page["items"], page["next"]):
            await asyncio.sleep(RETRY_SECONDS[0])  # another task is at it
        self._waiting = bool(page["caught_up"])
        if self._waiting:
            self._caught_up_at = time.monotonic()
        return self._waiting

    async def apply_page(self, since: str, items: list[dict[str, Any]], following: str) -> bool:
        """Applies a page read from the cursor `since`, unless another task is at it or was faster.
        True when it was applied."""
        async with self._database.transaction() as transaction:
            lock = await transaction.one(_LOCK, name=self.name)
            if lock is None or not lock["held"]:
                return False
            row = await transaction.one(self._read, relation=self._relation)
            if (row["cursor"] if row else "") != since:
                return False
            if items:
                await transaction.run(self._apply, items=orjson.dumps(items).decode())
            await transaction.run(self._advance, relation=self._relation, cursor=following)
        applied.labels(self.name).inc(len(items))
        return True

    async def _cursor(self) -> str:
        row = await self._database.one(self._read, relation=self._relation)
        return row["cursor"] if row else ""


async def tell_lag(followers: Sequence[Follower]) -> None:
    """Logs a line a minute for each feed. Where nobody scrapes /metrics, its lag becomes a metric by that."""
    while True:
        await asyncio.sleep(TELL_SECONDS)
        for follower in followers:
            fields = {"feed": follower.name, "lag_seconds": round(follower.lag(), 3)}
            log.info("feed", extra={"fields": fields})


_LOCK = sql("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0)) AS held")
