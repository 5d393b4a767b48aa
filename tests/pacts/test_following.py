"""The followers of both services, over what their pacts say that the feeds answer."""

import httpx
import jwt
import pytest
from pacts.consumers import Consumer, present, running
from pacts.exchange import Exchange, served
from pacts.expectations import FEEDS, MADE_KEYS, keys
from pacts.followed import Feed
from running import free_port
from topics_alone import eventually

from chassis import follow
from chassis.tokens import ALGORITHM

REFUSALS = [pytest.param(feed, refusal, id=str(refusal)) for feed in FEEDS for refusal in feed.refusals]


async def test_pages_are_kept_and_a_change_is_waited_for(feed: Feed, consumer: Consumer) -> None:
    await consumer.begins(feed)
    with served(feed.full_page, feed.last_page, feed.change) as peer:
        async with consumer.following(feed, peer) as follower:
            assert not await follower.step(wait=follow.WAIT_SECONDS)
            assert await follower.step(wait=follow.WAIT_SECONDS)
            assert await consumer.knows(feed) == (feed.rows, "next")
            assert await follower.step(wait=follow.WAIT_SECONDS)
    assert await consumer.knows(feed) == ([*feed.rows[:-1], feed.changed], "next")


async def test_an_empty_page_is_the_end_of_the_feed(feed: Feed, consumer: Consumer) -> None:
    await consumer.stands(feed)
    with served(feed.nothing_new) as peer:
        async with consumer.following(feed, peer) as follower:
            assert await follower.step()
            assert follower.lag() == 0
    assert await consumer.knows(feed) == (feed.rows, "next")


async def test_once_the_cursor_is_gone_the_follower_begins_from_nothing(
    feed: Feed, consumer: Consumer
) -> None:
    await consumer.begins(feed)
    async with consumer.following(feed) as follower:
        assert await follower.apply_page("", [], "of another time")
    with served(feed.gone, feed.full_page) as peer:
        async with consumer.following(feed, peer) as follower:
            assert not await follower.step()
            assert (await consumer.knows(feed))[1] == ""
            await follower.step()
    rows, cursor = await consumer.knows(feed)
    assert feed.rows[0] in rows
    assert cursor == "next"


@pytest.mark.parametrize(("feed", "refusal"), REFUSALS)
async def test_a_refusal_is_an_error_and_what_is_known_stays(
    feed: Feed, refusal: Exchange, consumers: dict[str, Consumer]
) -> None:
    consumer = consumers[feed.consumer]
    await consumer.stands(feed)
    with served(refusal) as peer:
        async with consumer.following(feed, peer) as follower:
            present(follower._client, refusal.auth)
            with pytest.raises(httpx.HTTPStatusError, match=str(refusal.status)):
                await follower.step()
    assert await consumer.knows(feed) == (feed.rows, "cursor")


async def test_a_feed_that_was_down_is_followed_when_it_is_back(
    feed: Feed, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "RETRY_SECONDS", (0.01, 0.02))
    await consumer.stands(feed)
    port, down = free_port(), feed.refusals[-1]
    async with consumer.following(feed, f"http://127.0.0.1:{port}") as follower, running(follower):

        async def refused() -> None:
            assert "503" in (follower.last_error or "")

        async def changed() -> None:
            assert await consumer.knows(feed) == ([*feed.rows[:-1], feed.changed], "next")
            assert follower.last_error is None

        with served(down, port=port):
            await eventually(refused)
        assert await consumer.knows(feed) == (feed.rows, "cursor")
        with served(feed.nothing_new, feed.change, port=port):
            await eventually(changed)


@pytest.mark.parametrize("made_key", MADE_KEYS, ids=str)
async def test_a_key_as_users_makes_it_is_one_that_verifies(
    made_key: Exchange, consumers: dict[str, Consumer]
) -> None:
    consumer = consumers[made_key.consumer]
    feed = keys(consumer.name)
    await consumer.begins(feed)
    with served(made_key) as peer:
        async with consumer.following(feed, peer) as follower:
            assert await follower.step()
    live = await consumer.live_keys()
    assert jwt.PyJWK(live["made"]).algorithm_name == ALGORITHM
