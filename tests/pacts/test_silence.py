"""A peer that does not answer, which no pact can say: what is known stays, and is asked for again."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pacts.consumers import Consumer, introducing, running, visiting
from pacts.expectations import TOPIC, messages_topics
from pacts.followed import Feed
from running import free_port
from topics_alone import eventually

import messages.peers
import web.transport
from chassis import follow
from chassis.problem import Unavailable

PATIENCE = 0.05  # seconds, of clients that wait for 2 to 30
NOT_HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"


class Silence:
    """The URL of a peer, and how often it was asked."""

    def __init__(self, url: str) -> None:
        self.url, self.asked = url, 0


@pytest.fixture(params=[b"", NOT_HALF], ids=["no answer", "the beginning of one"])
async def silence(request: pytest.FixtureRequest) -> AsyncIterator[Silence]:
    over = asyncio.Event()

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(request.param)
        await over.wait()
        writer.close()

    peer = Silence(f"http://127.0.0.1:{(port := free_port())}")
    async with await asyncio.start_server(say, "127.0.0.1", port):
        yield peer
        over.set()


async def test_a_follower_keeps_what_it_knows_and_asks_again(
    feed: Feed, consumer: Consumer, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "RETRY_SECONDS", (0.01, 0.02))
    await consumer.stands(feed)
    async with consumer.following(feed, silence.url) as follower:
        follower._client.timeout = PATIENCE

        async def asked_again() -> None:
            assert silence.asked >= 3
            assert "Timeout" in (follower.last_error or "")

        async with running(follower):
            await eventually(asked_again)
            assert follower.lag() > 2 * PATIENCE
    assert await consumer.knows(feed) == (feed.rows, "cursor")


async def test_a_look_up_says_try_again(
    consumers: dict[str, Consumer], silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages.peers, "LOOK_UP_SECONDS", PATIENCE)
    consumer = consumers["messages"]
    await consumer.begins(messages_topics)
    async with introducing(consumer, silence.url) as (introductions, _):
        with pytest.raises(Unavailable) as refused:
            await introductions.learn(TOPIC)
    assert int(refused.value.headers["Retry-After"]) > 0
    assert await consumer.knows(messages_topics) == ([], "")


async def test_the_front_page_comes_without_topics(silence: Silence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.transport, "SECONDS", PATIENCE)
    async with visiting(silence.url) as visitor:
        page = await visitor.get("/")
    assert page.status_code == 503
    assert "cannot be shown right now" in page.text
