"""A consumer reads what its pact names and nothing else, so a provider may change all the rest."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from typing import Any

import httpx
import pytest
from front_end import Answer, visited
from pacts.consumers import Consumer, introducing
from pacts.exchange import Exchange, Json, written
from pacts.expectations import FEEDS, LOOK_UPS, TOPIC, messages_topics
from pacts.followed import Feed
from pacts.pages import VISITS

PAGES = [(feed, page) for feed in FEEDS for page in feed.pages]
READ_BY = {  # the first visit of each page that reads the answer, as each person
    answer: list(
        {
            (visit.page, visit.person and visit.person["id"]): visit
            for visit in reversed(VISITS)
            if answer in visit.answers
        }.values()
    )
    for visit in VISITS
    for answer in visit.answers
    if answer.body is not None
}
KEY = re.compile(r'name="key" value="[^"]+"')  # made anew each time


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


def named_in(exchange: Exchange) -> httpx.Response:
    """The answer as the pact has it."""
    answer = written([exchange])["interactions"][0]["response"]
    headers = {name: value for name, (value,) in answer.get("headers", {}).items()}
    body = answer["body"]["content"] if "body" in answer else None
    return httpx.Response(answer["status"], headers=headers, json=body)


@cache
def named_to_ask(exchange: Exchange) -> tuple[str, str, list[tuple[str, str]]]:
    """Method, path and query as the pact has them."""
    request = written([exchange])["interactions"][0]["request"]
    query = sorted((name, value) for name, (value,) in request.get("query", {}).items())
    return request["method"], request["path"], query


async def reads_what_is_named(exchange: Exchange, consume: Callable[[Answer], Awaitable[object]]) -> None:
    """`consume` gives what the consumer makes of an answer; its error is what it makes of a bad one."""
    named = named_in(exchange)
    body, headers = (
        named.json() if named.content else None,
        {name: named.headers[name] for name in exchange.told},
    )

    async def outcome(body: Json | None, headers: Mapping[str, str] = headers) -> object:
        try:
            return await consume(lambda _: httpx.Response(named.status_code, headers=headers, json=body))
        except Exception as error:
            return type(error)

    usual = await outcome(body)
    assert not isinstance(usual, type), usual
    for name in headers:
        less = {other: value for other, value in headers.items() if other != name}
        assert await outcome(body, less) != usual, f"{name} is named and not needed"
    if body is None:
        return
    assert await outcome(with_more(body)) == usual
    for path in fields(body):
        assert await outcome(without(body, path)) != usual, f"{'.'.join(path)} is named and not needed"


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


@pytest.mark.parametrize("exchange", READ_BY, ids=str)
async def test_pages_read_what_is_named(exchange: Exchange) -> None:
    """One of the pages, that is; the others may read less of the same answer."""
    visits = READ_BY[exchange]
    usual = {other: named_in(other) for visit in visits for other in visit.answers}
    left: list[Exchange] = []
    answers: list[Answer] = []

    def api(request: httpx.Request) -> httpx.Response:
        asked = (request.method, request.url.path, sorted(request.url.params.multi_items()))
        found = next(other for other in left if named_to_ask(other) == asked)
        left.remove(found)
        return answers[-1](request) if found is exchange else usual[found]

    async with visited(api) as browser:

        async def pay(answer: Answer) -> object:
            answers.append(answer)
            seen = []
            for visit in visits:
                left[:] = visit.answers
                browser.cookies.clear()
                page = await visit.paid_by(browser)
                seen.append((page.status_code, page.headers.get("location"), KEY.sub("", page.text)))
            return seen

        await reads_what_is_named(exchange, pay)
