"""The page about the forum says which parts are up, and does not wait for those that are not."""

import asyncio
import re
from importlib.metadata import version

import httpx
import pytest
from front_end import Made, listed, shown, visited

from web import status

PARTS = {
    "GET /.well-known/jwks.json": {"keys": []},
    "GET /api/topics": listed(),
    "GET /api/messages": listed(),
}


def states(html: str) -> list[str]:
    """Of accounts, topics and messages."""
    return re.findall(r'<span class="flag \w+">(\w+)</span>', html)


async def test_it_says_that_all_is_well() -> None:
    api = Made(PARTS)
    html = await shown(api, "/about")
    assert sorted(api.targets) == [
        "GET /.well-known/jwks.json",
        "GET /api/messages?limit=1",
        "GET /api/topics?limit=1",
    ]
    assert states(html) == ["Up", "Up", "Up"]
    assert "All parts are up" in html
    assert f"Version {version('forum-web')}" in html
    assert '<a href="/docs">' in html


@pytest.mark.parametrize("down", [503, httpx.ConnectError("refused"), httpx.Response(200, text="<html>")])
@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "Reading goes on"), (1, "messages can be searched"), (2, "Topics can be read and started")],
)
async def test_it_says_what_is_down_and_what_still_works(number: int, words: str, down: object) -> None:
    html = await shown(Made(PARTS | {list(PARTS)[number]: down}), "/about")
    assert states(html) == ["Down" if at == number else "Up" for at in range(3)]
    assert words in html
    assert "Nothing that was written is lost" in html


async def test_a_part_that_refuses_is_up() -> None:
    assert states(await shown(Made(PARTS | {"GET /api/topics": 429}), "/about"))[1] == "Up"


async def test_it_does_not_wait_for_a_part_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "PATIENCE", 0.05)

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/messages":
            await asyncio.Event().wait()
        return httpx.Response(200, json={})

    async with asyncio.timeout(10):
        assert states(await shown(answer, "/about")) == ["Up", "Up", "Down"]


async def test_it_is_never_kept() -> None:
    async with visited(Made(PARTS)) as visitor:
        assert (await visitor.get("/about")).headers["cache-control"] == "no-store"
