"""A consumer reads what its pact names and nothing else, so a provider may change all the rest."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import httpx
import pytest
from front_end import Answer, visited
from pacts.consumers import Consumer, introducing
from pacts.exchange import Exchange, Json, written
from pacts.expectations import FEEDS, LOOK_UPS, TOPIC, messages_topics
from pacts.followed import Feed
from pacts.pages import VISITS
from pacts.visits import Visit

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


async def reads_what_is_named(exchange: Exchange, *consumers: Callable[[Answer], Awaitable[object]]) -> None:
    """Each of `consumers` gives what it makes of an answer; its error is what it makes of a bad one. What is
    named, one of them needs."""
    named = named_in(exchange)
    told = {name: named.headers[name] for name in exchange.told}
    body: Json | None = named.json() if named.content else None

    async def outcome(
        consume: Callable[[Answer], Awaitable[object]], body: Json | None, told: Mapping[str, str]
    ) -> object:
        try:
            return await consume(lambda _: httpx.Response(named.status_code, headers=told, json=body))
        except Exception as error:
            return type(error)

    usual = [await outcome(consume, body, told) for consume in consumers]
    assert not any(isinstance(one, type) for one in usual), usual

    async def noticed(body: Json | None, told: Mapping[str, str] = told) -> bool:
        for consume, before in zip(consumers, usual, strict=True):
            if await outcome(consume, body, told) != before:
                return True
        return False

    for name in told:
        less = {other: value for other, value in told.items() if other != name}
        assert await noticed(body, less), f"{name} is named and not needed"
    if body is None:
        return
    assert not await noticed(with_more(body))
    for path in fields(body):
        assert await noticed(without(body, path)), f"{'.'.join(path)} is named and not needed"


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

        async def pay(visit: Visit, answer: Answer) -> object:
            answers.append(answer)
            left[:] = visit.answers
            browser.cookies.clear()
            page = await visit.paid_by(browser)
            return page.status_code, page.headers.get("location"), KEY.sub("", page.text)

        await reads_what_is_named(exchange, *(partial(pay, visit) for visit in visits))
