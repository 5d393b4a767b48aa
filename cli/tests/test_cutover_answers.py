"""Before a service takes over, both sides are asked the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from two_sides import OpenSides, wrong

from forum.cutover import answers
from forum.doctor import Findings


def application(secret: str, title: str = "Hello", status: int = 200) -> httpx.Response:
    return httpx.Response(
        status, json={"items": [{"id": 1, "title": title}], "next": f"sealed with {secret}"}
    )


@asynccontextmanager
async def answering(
    sides: OpenSides, monolith: httpx.Response, service: httpx.Response
) -> AsyncIterator[tuple[Findings, list[httpx.Request]]]:
    """What is found when the sides answer so, and what they were asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        chosen = monolith if request.url.host == "m" else service
        sealed = request.url.params.get("cursor")
        return httpx.Response(422) if sealed and sealed != chosen.json()["next"] else chosen

    async with sides("topics") as pair:
        for side, url in ((pair.monolith, "http://m"), (pair.own, "http://s")):
            object.__setattr__(side.place, "address", url)
        findings = Findings()
        await answers.check_answers(findings, pair, httpx.MockTransport(answer))
        yield findings, asked


async def test_sides_that_answer_alike_are_in_order(sides: OpenSides) -> None:
    async with answering(sides, application("one"), application("one")) as (findings, asked):
        assert wrong(findings) == ""
        assert {request.headers["passed-on"] for request in asked} == {"1"}


@pytest.mark.parametrize("other", [application("one", title="Bye"), application("one", status=503)])
async def test_sides_that_answer_otherwise_are_named(
    sides: OpenSides, other: httpx.Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "PAUSE", 0)
    async with answering(sides, application("one"), other) as (findings, _):
        assert "topics: the sides do not answer /api/topics?limit=20 alike" in wrong(findings)


async def test_two_secret_keys_are_noticed(sides: OpenSides) -> None:
    async with answering(sides, application("one"), application("another")) as (findings, _):
        assert "the service does not open what the monolith has sealed" in wrong(findings)
