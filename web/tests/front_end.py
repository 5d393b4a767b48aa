"""The web front end alone, over a made-up API."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from web.main import create_app
from web.settings import Settings

Answer = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def visited(answer: Answer, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor of a front end to whose requests the API answers so."""
    app = create_app(Settings(**settings))
    await app.state.api.aclose()
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://api") as app.state.api,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://forum") as visitor,
    ):
        yield visitor


def page_of(*topics: dict[str, Any]) -> Answer:
    """The API has these topics."""
    return lambda _: httpx.Response(200, json={"items": topics, "next": None})


async def front_page(answer: Answer) -> str:
    """Its HTML, which comes whatever the API answers."""
    async with visited(answer) as visitor:
        page = await visitor.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        return page.text


def topic(**differently: Any) -> dict[str, Any]:
    """A row of the list of topics; `by` is the author's display name."""
    author = {"id": "01890000-0000-7000-8000-000000000002", "username": "ada"}
    return {
        "id": "01890000-0000-7000-8000-000000000001",
        "title": "Tea",
        "author": author | {"display_name": differently.pop("by", "Ada")},
        "pinned": False,
        "locked": False,
        "message_count": 2,
        "last_activity_at": "2020-01-02T03:04:05.000006Z",
    } | differently
