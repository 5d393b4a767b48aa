"""A consumer reads what its pact names and nothing else, so a provider may change all the rest."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from front_end import Answer, visited
from pacts.consumers import Consumer, introducing
from pacts.exchange import Exchange, Json, written
from pacts.expectations import (
    ACTIVE_PAGE,
    EMPTY_FRONT_PAGE,
    FEEDS,
    LOOK_UPS,
    QUIET_PAGE,
    TAGS,
    TOPIC,
    messages_topics,
)
from pacts.followed import Feed

PAGES = [(feed, page) for feed in FEEDS for page in feed.pages]


def fields(body: Json) -> Iterator[tuple[str, ...]]:
    """The path of each; one of a list's items stands for all."""
    for name, value in body.items():
        yield (name,)
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            yield from ((name, *path) for path in fields(inner))


def without(body: Any, path: tuple[str, ...]) -> Any:
    """The same lacking this field, in every item of a list."""
    if isinstance(body, list):
        return [without(item, path) for item in body]
    name, *rest = path
    return {
        key: without(value, tuple(rest)) if key == name else value
        for key, value in body.items()
        if rest or key != name
    }


def with_more(body: Any) -> Any:
    """The same with a further field wherever there may be one."""
    if isinstance(body, list):
        return [with_more(item) for item in body]
    if isinstance(body, dict):
        return {name: with_more(value) for name, value in body.items()} | {"further": "field"}
    return body


async def reads_what_is_named(exchange: Exchange, consume: Callable[[Answer], Awaitable[object]]) -> None:
    """`consume` gives what the consumer makes of an answer; its error is what it makes of a bad one."""

    async def outcome(body: Json) -> object:
        try:
            return await consume(lambda _: httpx.Response(200, json=body))
        except Exception as error:
            return type(error)

    named = written([exchange])["interactions"][0]["response"]["body"]["content"]
    usual = await outcome(named)
    assert not isinstance(usual, type)
    assert await outcome(with_more(named)) == usual
    for path in fields(named):
        assert await outcome(without(named, path)) != usual, f"{'.'.join(path)} is named and not needed"


@pytest.mark.parametrize(("feed", "page"), PAGES, ids=str)
async def test_a_follower_reads_what_is_named(
    feed: Feed, page: Exchange, consumers: dict[str, Consumer]
) -> None:
    consumer = consumers[feed.consumer]

    async def follow(answer: Answer) -> object:
        await consumer.begins(feed)
        async with consumer.following(feed, transport=httpx.MockTransport(answer)) as follower:
            return await follower.step(), await consumer.knows(feed)

    await reads_what_is_named(page, follow)


@pytest.mark.parametrize("state", LOOK_UPS)
async def test_a_look_up_reads_what_is_named(state: str, consumers: dict[str, Consumer]) -> None:
    messages = consumers["messages"]

    async def learn(answer: Answer) -> object:
        await messages.begins(messages_topics)
        async with introducing(messages, transport=httpx.MockTransport(answer)) as (introductions, _):
            await introductions.learn(TOPIC)
        return await messages.knows(messages_topics)

    await reads_what_is_named(LOOK_UPS[state], learn)


@pytest.mark.parametrize("exchange", [ACTIVE_PAGE, QUIET_PAGE, EMPTY_FRONT_PAGE, TAGS], ids=str)
async def test_the_front_page_reads_what_is_named(exchange: Exchange) -> None:
    usual = {
        other.path: written([other])["interactions"][0]["response"] for other in (EMPTY_FRONT_PAGE, TAGS)
    }

    async def visit(answer: Answer) -> object:
        def api(request: httpx.Request) -> httpx.Response:
            path = request.url.path
            return (
                answer(request)
                if path == exchange.path
                else httpx.Response(200, json=usual[path]["body"]["content"])
            )

        async with visited(api) as visitor:
            return (await visitor.get("/")).text

    await reads_what_is_named(exchange, visit)
