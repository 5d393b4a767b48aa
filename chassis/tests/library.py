"""A bookshop that publishes, and a library that follows it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import bookshop
import httpx
from fastapi import FastAPI

from chassis import follow
from chassis.database import Database, Statement, Transaction, sql
from chassis.follow import Follower

AUTH = ("library", "key-of-the-library")

# `times` counts how often a row was applied.
DDL = f"""
    CREATE SCHEMA library;
    CREATE TABLE library.books (id uuid PRIMARY KEY, title text NOT NULL, times int NOT NULL DEFAULT 1);
    {follow.ddl("library")}
"""
APPLY = sql("""
    INSERT INTO library.books AS kept (id, title)
    SELECT id, title FROM json_to_recordset(CAST(CAST(:items AS text) AS json)) AS row (id uuid, title text)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, times = kept.times + 1
""")


class Shop:
    """The running bookshop."""

    def __init__(self, app: FastAPI, url: str, client: httpx.AsyncClient) -> None:
        self.app, self.url, self.client = app, url, client
        self.database: Database = app.state.database
        transport = httpx.ASGITransport(app.state.private, raise_app_exceptions=False)
        self.private = httpx.AsyncClient(transport=transport, base_url="http://shop")

    async def adds(self, title: str) -> None:
        """A book on the shelf."""
        assert (await self.client.post("/books", json={"title": title})).status_code == 201

    async def renames(self, title: str, new: str) -> None:
        """Another title for it."""
        (row,) = await self.query("SELECT id FROM shop.books WHERE title = $1", title)
        assert (await self.client.patch(f"/books/{row['id']}", json={"title": new})).status_code == 200

    async def changes(self, since: str = "", **params: Any) -> httpx.Response:
        """The feed, as the library reads it."""
        query = {"since": since, **params}
        return await self.private.get("/internal/changes/books", params=query, auth=AUTH)

    async def page(self, since: str = "", **params: Any) -> dict[str, Any]:
        """A page of the feed."""
        answer = await self.changes(since, **params)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    async def titles(self, since: str = "") -> list[str]:
        """Titles of a page."""
        return [row["title"] for row in (await self.page(since))["items"]]

    async def waited_for_by(self, readers: int = 1) -> None:
        """Returns when so many wait for a change."""
        deadline = time.monotonic() + 5
        while self.app.state.wakeup._waiting != readers:
            assert time.monotonic() < deadline
            await asyncio.sleep(0)

    async def query(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Straight from the database."""
        connection = await asyncpg.connect(self.url)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
            return rows
        finally:
            await connection.close()


@asynccontextmanager
async def publishing(url: str) -> AsyncIterator[Shop]:
    """The bookshop on its database, once its feed has an epoch."""
    app = bookshop.create_app(url)
    async with bookshop.visit(app) as client:
        shop = Shop(app, url, client)
        deadline = time.monotonic() + 5
        while (await shop.changes()).status_code != 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
        yield shop
        await shop.private.aclose()


async def open_library(url: str) -> None:
    """Makes the tables in an empty database."""
    connection = await asyncpg.connect(url)
    await connection.execute(DDL)
    await connection.close()


def follower(database: Database, transport: httpx.AsyncBaseTransport) -> Follower:
    """A task of the library that follows the shop's books."""
    return Follower(
        database, "library", "books", url="http://shop", auth=AUTH, apply=APPLY, transport=transport
    )


class Library:
    """The library's database, and tasks that follow the shop."""

    def __init__(self, url: str, shop: Shop) -> None:
        self.url, self.shop = url, shop
        self.database = Database(url, name="library")
        self.network = httpx.ASGITransport(shop.app.state.private, raise_app_exceptions=False)

    def task(
        self, database: Database | None = None, network: httpx.AsyncBaseTransport | None = None
    ) -> Follower:
        """One of the library's tasks."""
        return follower(database or self.database, network or self.network)

    async def query(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Straight from the database."""
        connection = await asyncpg.connect(self.url)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
            return rows
        finally:
            await connection.close()

    async def books(self) -> dict[str, int]:
        """How often each title was applied."""
        rows = await self.query("SELECT title, times FROM library.books ORDER BY title")
        return {row["title"]: row["times"] for row in rows}

    async def cursor(self) -> str | None:
        """Where it stands."""
        rows = await self.query("SELECT cursor FROM library.feed_cursors")
        return rows[0]["cursor"] if rows else None

    @asynccontextmanager
    async def running(self, *tasks: Follower) -> AsyncIterator[None]:
        """Tasks at work, as in a process."""
        at_work = [asyncio.create_task(task.run()) for task in tasks]
        try:
            yield
        finally:
            for task in at_work:
                task.cancel()
            await asyncio.gather(*at_work, return_exceptions=True)


async def catch_up(task: Follower) -> None:
    """Page by page to the end."""
    async with asyncio.timeout(20):
        while not await task.step():
            pass


class Slow(httpx.AsyncBaseTransport):
    """A network on which an answer is under way until it is let through."""

    def __init__(self, network: httpx.AsyncBaseTransport) -> None:
        self.network, self.answered, self.through = network, asyncio.Event(), asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answers late what was true early."""
        answer = await self.network.handle_async_request(request)
        await answer.aread()
        self.answered.set()
        await self.through.wait()
        return answer


class Killed(Exception):
    """The process ended here."""


class Mortal(Database):
    """A database whose client dies at one of its steps: before or after a statement or a COMMIT."""

    def __init__(self, url: str, steps: int) -> None:
        super().__init__(url)
        self.left = steps

    def step(self) -> None:
        """One more."""
        self.left -= 1
        if self.left == 0:
            raise Killed

    async def one(self, statement: Statement, **params: Any) -> asyncpg.Record | None:
        """Dies before, or after."""
        self.step()
        row = await super().one(statement, **params)
        self.step()
        return row

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Dies at any of its statements (and the server rolls back), or once it was committed."""
        async with super().transaction() as transaction:
            run, one = transaction.run, transaction.one

            async def mortal_run(statement: Statement, **params: Any) -> None:
                self.step()
                await run(statement, **params)
                self.step()

            async def mortal_one(statement: Statement, **params: Any) -> asyncpg.Record | None:
                self.step()
                row = await one(statement, **params)
                self.step()
                return row

            transaction.run, transaction.one = mortal_run, mortal_one  # type: ignore[method-assign]
            yield transaction
        self.step()
