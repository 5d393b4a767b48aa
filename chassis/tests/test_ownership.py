"""Data that move: who owns them, who may write, and where requests go meanwhile."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import bookshop
import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from chassis import ownership
from chassis.passing import PassingOn

HERE, THERE = "http://here", "http://there"


@dataclass
class Side:
    """A bookshop that runs, and a connection to its database."""

    url: str
    app: FastAPI
    client: httpx.AsyncClient
    connection: asyncpg.Connection

    async def owns(self, state: str, peer: str = THERE, seconds: float = 30) -> None:
        """The row says this, and the application has seen it."""
        until = timedelta(seconds=seconds) if state == "leaving" else None
        await self.connection.execute(
            "UPDATE shop.ownership SET state = $1, peer = $2, until = now() + $3", state, peer, until
        )
        await self.app.state.ownership.look()

    async def books(self) -> list[str]:
        rows = await self.connection.fetch("SELECT title FROM shop.books ORDER BY title")
        return [row["title"] for row in rows]


@asynccontextmanager
async def side(url: str, other: Any = None) -> AsyncIterator[Side]:
    """A bookshop that reaches the `other` application."""
    app = bookshop.create_app(url)
    if other is not None:
        app.state.pass_on = PassingOn(httpx.ASGITransport(other))
    connection = await asyncpg.connect(url)
    async with bookshop.visit(app) as client:
        yield Side(url, app, client, connection)
    await connection.close()


@pytest.fixture
async def there(fresh_database: Callable[..., Awaitable[str]], shop_template: str) -> AsyncIterator[Side]:
    async with side(await fresh_database(shop_template)) as made:
        yield made


@pytest.fixture
async def here(
    fresh_database: Callable[..., Awaitable[str]], shop_template: str, there: Side
) -> AsyncIterator[Side]:
    async with side(await fresh_database(shop_template), there.app) as made:
        yield made


async def test_what_is_elsewhere_is_read_and_written_there(here: Side, there: Side) -> None:
    await here.owns("elsewhere")
    client = here.client
    sent = {"X-Request-ID": "asked-here", "Idempotency-Key": uuid.uuid4().hex}
    added = await client.post("/books", json={"title": "Odes"}, headers=sent)
    assert added.status_code == 201
    assert added.headers.get_list("x-request-id") == ["asked-here"]
    again = await client.post("/books", json={"title": "Odes"}, headers=sent)
    assert again.json() == added.json()
    assert (await here.books(), await there.books()) == ([], ["Odes"])
    listed = await client.get("/books?limit=1")
    assert [book["title"] for book in listed.json()["items"]] == ["Odes"]
    renamed = await client.patch(
        added.headers["location"], json={"title": "Epodes"}, headers={"If-Match": added.headers["etag"]}
    )
    assert renamed.status_code == 200
    assert await there.books() == ["Epodes"]
    found = await client.head(added.headers["location"])
    assert (found.status_code, found.content) == (200, b"")
    assert (await client.get(f"/books/{uuid.uuid4()}")).json()["code"] == "book_not_found"


async def test_reads_can_be_answered_here_while_writes_are_elsewhere(here: Side, there: Side) -> None:
    await here.client.post("/books", json={"title": "Here"})
    await here.owns("reading")
    assert (await here.client.post("/books", json={"title": "There"})).status_code == 201
    assert [book["title"] for book in (await here.client.get("/books")).json()["items"]] == ["Here"]
    assert await there.books() == ["There"]


@pytest.mark.parametrize("end", ["here", "elsewhere"])
async def test_a_write_waits_while_the_data_leave(here: Side, there: Side, end: str) -> None:
    await here.owns("leaving")
    writing = asyncio.create_task(here.client.post("/books", json={"title": "Odes"}))
    reading = await here.client.get("/books")
    assert reading.status_code == 200
    done, _ = await asyncio.wait([writing], timeout=0.3)
    assert not done
    await here.connection.execute("UPDATE shop.ownership SET state = $1", end)
    assert (await writing).status_code == 201
    assert (await here.books(), await there.books()) == ((["Odes"], []) if end == "here" else ([], ["Odes"]))


async def test_a_write_waits_no_longer_than_for_a_bounded_time(
    here: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership, "LONGEST_WAIT", 0.3)
    await here.owns("leaving")
    refused = await here.client.post("/books", json={"title": "Odes"})
    assert refused.status_code == 503
    assert refused.json()["code"] == "unavailable"
    assert int(refused.headers["retry-after"]) > 0
    assert await here.books() == []


async def test_a_move_that_nobody_ends_ends_by_itself(here: Side) -> None:
    await here.owns("leaving", seconds=0.4)
    began = time.monotonic()
    assert (await here.client.post("/books", json={"title": "Odes"})).status_code == 201
    assert 0.3 < time.monotonic() - began < 3
    assert await here.books() == ["Odes"]


async def test_nothing_goes_back_and_forth(here: Side, there: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    await here.owns("elsewhere")
    await there.owns("elsewhere", HERE)
    assert (await here.client.get("/books")).status_code == 200
    monkeypatch.setattr(ownership, "LONGEST_WAIT", 0.3)
    assert (await here.client.post("/books", json={"title": "Odes"})).status_code == 503
    monkeypatch.undo()
    writing = asyncio.create_task(here.client.post("/books", json={"title": "Odes"}))
    await asyncio.sleep(0)
    await there.connection.execute("UPDATE shop.ownership SET state = 'here'")
    assert (await writing).status_code == 201, "who is asked by the other side waits until it may"


async def test_who_holds_the_row_knows_that_every_writer_has_ended(here: Side) -> None:
    connection = here.connection
    writer = await asyncpg.connect(here.url)
    lock = "LOCK TABLE shop.ownership IN ACCESS EXCLUSIVE MODE NOWAIT"
    add = "INSERT INTO shop.books (id, title) VALUES (gen_random_uuid(), $1)"
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute(add, "Odes")
    await connection.execute("UPDATE shop.ownership SET state = 'leaving', until = now() + interval '9 s'")
    with pytest.raises(asyncpg.LockNotAvailableError):
        async with connection.transaction():
            await connection.execute(lock)
    await transaction.commit()
    async with connection.transaction():
        await connection.execute(lock)
        late = asyncio.create_task(writer.execute(add, "Epodes"))
        await connection.execute("UPDATE shop.ownership SET state = 'elsewhere', peer = 'http://there'")
        assert not late.done()
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="the data of shop are elsewhere"):
        await late
    assert await here.books() == ["Odes"]
    await writer.close()


async def test_what_each_side_makes_for_itself_is_no_write(here: Side) -> None:
    client, connection = here.client, here.connection
    await client.post("/books", json={"title": "Odes"})
    await here.owns("elsewhere")
    await connection.execute("UPDATE shop.books SET changed = pg_current_xact_id()")
    for write in (
        "UPDATE shop.books SET title = 'x'",
        "DELETE FROM shop.books",
        "DELETE FROM shop.idempotency",
    ):
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
            await connection.execute(write)
    assert await here.books() == ["Odes"]


async def test_an_answer_comes_back_piece_by_piece_with_its_headers(
    fresh_database: Callable[..., Awaitable[str]], shop_template: str
) -> None:
    url = await fresh_database(shop_template)
    asked: list[dict[bytes, bytes]] = []

    async def peer(scope: Any, receive: Any, send: Any) -> None:
        asked.append(dict(scope["headers"]))

        async def pieces() -> AsyncIterator[bytes]:
            for piece in (b"one", b"two"):
                yield piece

        answer = StreamingResponse(
            pieces(), headers={"X-Request-ID": "there", "Vary": "Origin", "ETag": '"e"'}
        )
        await answer(scope, receive, send)

    async with side(url, peer) as shop:
        await shop.owns("elsewhere")
        sent = {"X-Request-ID": "here", "X-Forwarded-For": "192.0.2.1", "Connection": "close"}
        answer = await shop.client.get("/books?limit=2", headers=sent)
        assert answer.content == b"onetwo"
        assert answer.headers.get_list("x-request-id") == ["here"]
        assert answer.headers["etag"] == '"e"'
        assert "vary" not in answer.headers
        [headers] = asked
        assert headers[b"x-forwarded-for"] == b"192.0.2.1"
        assert headers[b"x-request-id"] == b"here"
        assert headers[b"passed-on"] == b"1"
        assert b"close" not in headers.get(b"connection", b"")
