"""About the forum: what it is, and which of its parts answer right now."""

import asyncio
from importlib.metadata import version

from fastapi import Request, Response

from web.api import Down, Refused
from web.page import page_router, render
from web.visit import Visit

router = page_router()

PATIENCE = 2.0
"""Seconds: a part that takes longer is as good as down for who reads."""

CHEAP: dict[str, tuple[str, dict[str, int]]] = {
    "users": ("/.well-known/jwks.json", {}),
    "topics": ("/api/topics", {"limit": 1}),
    "messages": ("/api/messages", {"limit": 1}),
}


@router.get("/about")
async def about(request: Request) -> Response:
    """Asks every part something cheap, all at once."""
    visit: Visit = request.state.visit
    up = dict(zip(CHEAP, await asyncio.gather(*(_answers(visit, part) for part in CHEAP)), strict=True))
    response = render(request, "about.html", up=up, version=version("forum-web"))
    response.headers["Cache-Control"] = "no-store"
    return response


async def _answers(visit: Visit, part: str) -> bool:
    """Whether a part answers in time; a refusal is an answer."""
    path, params = CHEAP[part]
    try:
        async with asyncio.timeout(PATIENCE):
            await visit.read(path, **params)
    except (Down, TimeoutError):
        return False
    except Refused:
        return True
    return True
