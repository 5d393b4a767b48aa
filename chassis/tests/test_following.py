"""Change feeds, the following end: several tasks, stopped ones, killed ones, resyncs."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from bookshop import FEED
from library import Killed, Library, Mortal, Shop, Slow, catch_up, open_library, publishing

from chassis import follow
from chassis.changes import ensure_epoch
from chassis.database import sql
from chassis.follow import Follower

FreshDatabase = Callable[..., Awaitable[str]]


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float = 8.0) -> None:
    """Waits until it is so."""
    deadline = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
async def shop(shop_template: str, fresh_database: FreshDatabase) -> AsyncIterator[Shop]:
    async with publishing(await fresh_database(like=shop_template)) as shop:
        yield shop


@pytest.fixture(scope="module")
async def library_template(fresh_database: FreshDatabase) -> str:
    url = await fresh_database()
    await open_library(url)
    return url


@pytest.fixture
async def library(shop: Shop, library_template: str, fresh_database: FreshDatabase) -> AsyncIterator[Library]:
    await shop.query("DELETE FROM shop.books")
    library = Library(await fresh_database(like=library_template), shop)
    yield library
    await library.database.close()


async def test_a_follower_begins_from_nothing_and_goes_on(library: Library) -> None:
    await library.shop.query(
        "INSERT INTO shop.books (id, title)"
        " SELECT gen_random_uuid(), lpad(n::text, 4, '0') FROM generate_series(1, 1203) AS n"
    )
    task = library.task()
    await catch_up(task)
    assert await library.books() == {f"{number:04}": 1 for number in range(1, 1204)}
    await library.shop.renames("0007", "seven")
    await library.shop.adds("new")
    await catch_up(library.task())
    books = await library.books()
    assert (books["seven"], books["new"], len(books)) == (2, 1, 1204)
    assert "0007" not in books


async def test_a_change_arrives_while_the_follower_waits(library: Library) -> None:
    task = library.task()
    async with library.running(task):
        await library.shop.waited_for_by(1)
        assert task.lag() == 0
        started = time.monotonic()
        await library.shop.adds("a")

        async def arrived() -> bool:
            return await library.books() == {"a": 1}

        await eventually(arrived)
        assert time.monotonic() - started < 2


async def test_of_two_who_read_the_same_page_one_applies_it(library: Library) -> None:
    await library.shop.adds("a")
    page = await library.shop.page()
    one, other = library.task(), library.task()
    applied = await asyncio.gather(*[t.apply_page("", page["items"], page["next"]) for t in (one, other)])
    assert sorted(applied) == [False, True]
    assert not await other.apply_page("", page["items"], page["next"]), "nor later"
    assert await library.books() == {"a": 1}
    assert await library.cursor() == page["next"]


async def test_who_comes_while_another_applies_does_not_wait(library: Library) -> None:
    await library.shop.adds("a")
    page = await library.shop.page()
    async with library.database.transaction() as holding:
        await holding.one(follow._LOCK, name="library.books")
        async with asyncio.timeout(5):
            assert not await library.task().apply_page("", page["items"], page["next"])
    assert await library.books() == {}


async def test_several_tasks_apply_each_change_once(library: Library) -> None:
    async with library.running(*[library.task() for _ in range(3)]):
        for number in range(20):
            await library.shop.adds(f"{number:02}")

        async def arrived() -> bool:
            return len(await library.books()) == 20

        await eventually(arrived)
    assert set((await library.books()).values()) == {1}


async def test_a_task_that_was_stopped_cannot_overwrite(library: Library) -> None:
    await library.shop.adds("old")
    slow = Slow(library.network)
    stopped = asyncio.create_task(library.task(network=slow).step())
    await slow.answered.wait()
    await library.shop.renames("old", "new")
    await catch_up(library.task())
    assert await library.books() == {"new": 1}
    cursor = await library.cursor()
    slow.through.set()
    await stopped
    assert await library.books() == {"new": 1}
    assert await library.cursor() == cursor


async def test_a_follower_killed_at_any_point_loses_and_doubles_nothing(library: Library) -> None:
    for title in "abc":
        await library.shop.adds(title)
    deaths = 0
    while True:
        await library.query("TRUNCATE library.books, library.feed_cursors")
        dying = Mortal(library.url, steps=deaths + 1)
        try:
            await catch_up(library.task(dying))
        except Killed:
            deaths += 1
        else:
            break
        finally:
            await dying.close()
        await library.shop.adds(f"after {deaths:02}")
        await catch_up(library.task())
        assert set((await library.books()).values()) == {1}, f"killed at step {deaths}"
        assert len(await library.books()) == 3 + deaths, f"killed at step {deaths}"
    assert deaths == 11, "every statement, before and after, and the COMMIT"


@pytest.mark.parametrize(
    "gone", ["00000000-0000-0000-0000-000000000000:5:00000000-0000-0000-0000-000000000000", "nonsense"]
)
async def test_with_a_foreign_cursor_a_follower_begins_again(library: Library, gone: str) -> None:
    await library.shop.adds("a")
    await library.query("INSERT INTO library.feed_cursors VALUES ('books', $1)", gone)
    await catch_up(library.task())
    assert await library.books() == {"a": 1}


async def test_with_a_cursor_beyond_the_present_a_follower_begins_again(library: Library) -> None:
    await library.shop.adds("a")
    await catch_up(library.task())
    epoch, stamp, key = (await library.cursor() or "").split(":")
    await library.query("UPDATE library.feed_cursors SET cursor = $1", f"{epoch}:{int(stamp) + 10**6}:{key}")
    await library.shop.renames("a", "b")
    await catch_up(library.task())
    assert await library.books() == {"b": 2}


async def test_after_a_restore_of_the_publisher_everything_is_taken_again(library: Library) -> None:
    await library.shop.adds("a")
    await catch_up(library.task())
    await library.query("UPDATE library.books SET title = 'of a future that never was'")
    await ensure_epoch(library.shop.database, "shop", [FEED], renew=True)
    await catch_up(library.task())
    assert await library.books() == {"a": 2}


async def test_after_a_restore_of_the_follower_it_goes_on_from_its_old_cursor(library: Library) -> None:
    await library.shop.adds("a")
    await catch_up(library.task())
    old = await library.cursor()
    await library.shop.adds("b")
    await catch_up(library.task())
    await library.query("DELETE FROM library.books WHERE title = 'b'")
    await library.query("UPDATE library.feed_cursors SET cursor = $1", old)
    await catch_up(library.task())
    assert await library.books() == {"a": 1, "b": 1}


async def test_a_publisher_that_is_away_is_said_and_followed_when_it_is_back(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "RETRY_SECONDS", (0.01, 0.02))
    away = True

    async def answer(request: httpx.Request) -> httpx.Response:
        if away:
            raise httpx.ConnectError("nobody there")
        return await library.network.handle_async_request(request)

    class Flaky(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await answer(request)

    await library.shop.adds("a")
    task = library.task(network=Flaky())
    async with library.running(task):

        async def said() -> bool:
            return task.last_error == "ConnectError: nobody there" and task.lag() > 0.05

        await eventually(said)
        away = False

        async def arrived() -> bool:
            return await library.books() == {"a": 1} and task.last_error is None and task.lag() == 0

        await eventually(arrived)


@pytest.mark.parametrize("answer", [[], {}, {"items": 1, "next": "x", "caught_up": True}, "nonsense", None])
async def test_an_answer_that_makes_no_sense_is_tried_again(
    library: Library, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    monkeypatch.setattr(follow, "RETRY_SECONDS", (0.01, 0.02))
    await library.shop.adds("a")
    nonsense = True

    class Odd(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if nonsense:
                return httpx.Response(200, json=answer)
            return await library.network.handle_async_request(request)

    task = library.task(network=Odd())
    async with library.running(task):

        async def said() -> bool:
            return task.last_error is not None

        await eventually(said)
        nonsense = False

        async def arrived() -> bool:
            return await library.books() == {"a": 1}

        await eventually(arrived)


async def test_a_relation_that_is_not_there_yet_is_tried_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "RETRY_SECONDS", (0.01, 0.02))
    await library.shop.adds("a")
    await library.query("ALTER TABLE library.books RENAME TO absent")
    task = library.task()
    async with library.running(task):

        async def said() -> bool:
            return "library.books" in (task.last_error or "")

        await eventually(said)
        await library.query("ALTER TABLE library.absent RENAME TO books")

        async def arrived() -> bool:
            return await library.books() == {"a": 1}

        await eventually(arrived)


async def test_without_the_right_key_nothing_is_followed(library: Library) -> None:
    task = Follower(
        library.database,
        "library",
        "books",
        url="http://shop",
        auth=("stranger", "key-of-a-stranger"),
        apply=sql("SELECT :items"),
        transport=library.network,
    )
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        await task.step()
    assert await library.cursor() is None
