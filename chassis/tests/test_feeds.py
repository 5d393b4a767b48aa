"""Change feeds, the publishing end: commit-safe order, epochs, waiting, who may read."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import bookshop
import httpx
import pytest
from bookshop import FEED
from library import Shop, publishing

from chassis import changes
from chassis.changes import ensure_epoch


@pytest.fixture
async def shop(shop_template: str, fresh_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Shop]:
    async with publishing(await fresh_database(like=shop_template)) as shop:
        yield shop


@asynccontextmanager
async def writing(url: str, title: str) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that has put a book on the shelf, committed at the end."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO shop.books (id, title) VALUES (gen_random_uuid(), $1)", title
            )
            yield connection
    finally:
        await connection.close()


async def test_every_row_is_told_once_in_the_order_of_change(shop: Shop) -> None:
    for title in "abcde":
        await shop.adds(title)
    await shop.renames("b", "B")
    seen, cursor = [], ""
    while True:
        page = await shop.page(cursor, limit=2)
        seen += [row["title"] for row in page["items"]]
        cursor = page["next"]
        if page["caught_up"]:
            break
    assert seen == ["a", "c", "d", "e", "B"]
    assert await shop.titles(cursor) == []


async def test_rows_of_one_transaction_are_paged_without_gap(shop: Shop) -> None:
    await shop.query(
        "INSERT INTO shop.books (id, title) SELECT gen_random_uuid(), n::text FROM generate_series(1, 25) n"
    )
    seen, cursor = [], ""
    for _ in range(9):
        page = await shop.page(cursor, limit=3)
        seen += [row["title"] for row in page["items"]]
        cursor = page["next"]
    assert sorted(seen, key=int) == [str(number) for number in range(1, 26)]


async def test_what_is_not_shown_does_not_send_a_row_round_again(shop: Shop) -> None:
    await shop.adds("a")
    cursor = (await shop.page())["next"]
    await shop.query("UPDATE shop.books SET version = version + 1")
    assert await shop.titles(cursor) == []
    await shop.query("UPDATE shop.books SET title = 'b'")
    assert await shop.titles(cursor) == ["b"]


async def test_a_transaction_that_commits_late_is_not_skipped(shop: Shop) -> None:
    await shop.adds("before")
    async with writing(shop.url, "late") as connection:
        await shop.adds("early")
        page = await shop.page()
        assert [row["title"] for row in page["items"]] == ["before"], "the others wait for the late one"
        async with connection.transaction():  # a savepoint has an id of its own; the stamp is the whole's
            await connection.execute("UPDATE shop.books SET title = 'late indeed' WHERE title = 'late'")
        assert await shop.titles(page["next"]) == []
    assert await shop.titles(page["next"]) == ["late indeed", "early"]


async def test_a_transaction_that_only_reads_holds_nothing(shop: Shop) -> None:
    connection = await asyncpg.connect(shop.url)
    async with connection.transaction(isolation="repeatable_read"):
        await connection.fetch("SELECT FROM shop.books")
        await shop.adds("a")
        assert await shop.titles() == ["a"]
    await connection.close()


async def test_a_transaction_in_another_database_holds_nothing(shop: Shop, postgres: str) -> None:
    """Of another role, too, whose queries ours may not see."""
    elsewhere = await asyncpg.connect(postgres)
    async with elsewhere.transaction():
        held = await elsewhere.fetchval("SELECT pg_current_xact_id()::text::bigint")
        await shop.adds("a")
        (row,) = await shop.query("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest")
        assert row["oldest"] <= held, "the server's own horizon stands still"
        cursor = (await shop.page())["next"]
        assert await shop.titles() == ["a"]
        async with writing(shop.url, "late"):
            await shop.adds("b")
            assert await shop.titles(cursor) == [], "and ours is held by ours alone"
        assert await shop.titles(cursor) == ["late", "b"]
    await elsewhere.close()


async def test_a_cursor_of_another_epoch_is_refused(shop: Shop) -> None:
    await shop.adds("a")
    _, stamp, key = (await shop.page())["next"].split(":")
    answer = await shop.changes(f"00000000-0000-0000-0000-000000000000:{stamp}:{key}")
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_gone")


@pytest.mark.parametrize("key", ["", "x", "\0", "00000000-0000-0000-0000-00000000000g"])
async def test_a_cursor_that_nobody_was_given_is_refused(shop: Shop, key: str) -> None:
    await shop.adds("a")
    epoch, stamp, _ = (await shop.page())["next"].split(":")
    for wrong in (f"{epoch}:{stamp}:{key}", f"{epoch}:-1:{key}", f"{epoch}:²:", f"{epoch}:", "x", ":::"):
        assert (await shop.changes(wrong)).status_code == 410, wrong


async def test_a_cursor_beyond_the_present_is_refused(shop: Shop) -> None:
    await shop.adds("a")
    epoch, stamp, key = (await shop.page())["next"].split(":")
    for ahead in (int(stamp) + 1_000_000, 2**63, 10**18, 10**40):
        assert (await shop.changes(f"{epoch}:{ahead}:{key}")).status_code == 410


@pytest.mark.parametrize("column", ["system_identifier", "timeline"])
async def test_on_another_server_or_timeline_a_new_epoch_begins(shop: Shop, column: str) -> None:
    await shop.adds("a")
    cursor = (await shop.page())["next"]
    await ensure_epoch(shop.database, "shop", [FEED])
    assert (await shop.changes(cursor)).status_code == 200, "nothing has moved"
    await shop.query(f"UPDATE shop.feed_epoch SET {column} = 'other'")
    await shop.query("ALTER TABLE shop.books DISABLE TRIGGER USER")
    await shop.query("UPDATE shop.books SET changed = '999999999999'")
    for trigger in ("stamp_new", "stamp_changed"):
        await shop.query(f"ALTER TABLE shop.books ENABLE ALWAYS TRIGGER {trigger}")
    assert await shop.titles() == [], "a stamp of another server lies beyond the present"
    await asyncio.gather(*[ensure_epoch(shop.database, "shop", [FEED]) for _ in range(3)])
    assert (await shop.changes(cursor)).status_code == 410
    page = await shop.page()
    assert [row["title"] for row in page["items"]] == ["a"]
    await ensure_epoch(shop.database, "shop", [FEED])
    assert (await shop.changes(page["next"])).status_code == 200


async def test_only_who_is_named_may_read(shop: Shop) -> None:
    path = "/internal/changes/books"
    keys = {"library": "key-of-the-library", "stranger": "key-of-a-stranger"}
    for auth, status in (
        (("library", keys["library"]), 200),
        (("stranger", keys["stranger"]), 403),
        (("library", keys["stranger"]), 401),
        (("nobody", ""), 401),
        (("é", "ü"), 401),
        (None, 401),
    ):
        assert (await shop.private.get(path, auth=auth)).status_code == status, auth
    missing = await shop.private.get("/internal/changes/pens", auth=("library", keys["library"]))
    assert missing.status_code == 404
    assert (await shop.client.get(path, auth=("library", keys["library"]))).status_code == 404


async def poll(shop: Shop, wait: float) -> tuple[float, dict[str, Any]]:
    """When a patient reader began to wait, and what it was answered."""
    cursor = (await shop.page())["next"]
    started = time.monotonic()
    return started, await shop.page(cursor, wait=wait)


async def test_a_reader_who_waits_hears_at_once_of_our_own_writes(shop: Shop) -> None:
    polling = asyncio.create_task(poll(shop, 20))
    await shop.waited_for_by(1)
    await shop.adds("a")
    started, page = await polling
    assert [row["title"] for row in page["items"]] == ["a"]
    assert time.monotonic() - started < 5


async def test_and_soon_of_those_of_other_processes(shop: Shop) -> None:
    polling = asyncio.create_task(poll(shop, 20))
    await shop.waited_for_by(1)
    async with writing(shop.url, "elsewhere"):
        pass
    started, page = await polling
    assert [row["title"] for row in page["items"]] == ["elsewhere"]
    assert time.monotonic() - started < 5


async def test_waiting_ends_with_nothing_when_nothing_comes(shop: Shop) -> None:
    started, page = await poll(shop, 0.3)
    assert page["items"] == []
    assert page["caught_up"]
    assert 0.3 <= time.monotonic() - started < 5


async def test_who_waits_is_let_go_when_the_service_stops(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "RECHECK_SECONDS", 3)
    checked = shop.app.state.wakeup.now()
    polling = asyncio.create_task(poll(shop, 20))
    await checked.wait()
    await shop.waited_for_by(0)
    await shop.waited_for_by(1)
    shop.app.state.stopping.set()
    started, page = await polling
    assert page["items"] == []
    assert time.monotonic() - started < 2


async def test_wrong_limits_are_refused(shop: Shop) -> None:
    for query in ("limit=0", "limit=1001", "wait=-1", "wait=26", "wait=nan"):
        answer = await shop.private.get(
            f"/internal/changes/books?{query}", auth=("library", "key-of-the-library")
        )
        assert answer.status_code == 422, query


async def test_before_the_first_start_there_is_no_feed(
    shop_template: str, fresh_database: Callable[..., Awaitable[str]]
) -> None:
    app = bookshop.create_app(await fresh_database(like=shop_template))
    transport = httpx.ASGITransport(app.state.private)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        answer = await client.get("/internal/changes/books", auth=("library", "key-of-the-library"))
    await app.state.database.close()
    assert answer.status_code == 404
