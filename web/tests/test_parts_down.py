"""When a part of the forum is down, every page says what is missing and shows the rest."""

import asyncio
from typing import Any

import httpx
import pytest
from front_end import (
    ADA,
    AT,
    TOPIC_ID,
    Made,
    listed,
    logged_in,
    message,
    message_id,
    session,
    shown,
    topic,
    visited,
)

from web.api import part_of

MESSAGE_ID = message_id(1)
USER = ADA | {"bio": "", "role": "member", "created_at": AT}
UP: dict[str, Any] = {
    "GET /.well-known/jwks.json": {"keys": []},
    "GET /api/users": listed(USER),
    "GET /api/users/ada": USER,
    "GET /api/users/me": USER,
    "GET /api/sessions": {"items": []},
    "GET /api/topics": listed(topic()),
    "GET /api/tags": {"items": [{"tag": "kitchen", "topics": 1}]},
    f"GET /api/topics/{TOPIC_ID}": topic(),
    "GET /api/messages": listed(message(1, author=ADA)),
    f"GET /api/messages/{MESSAGE_ID}": message(1, author=ADA),
    f"GET /api/topics/{TOPIC_ID}/messages": listed(message(1), last_number=1),
}

DOWN = {part: f"{part.capitalize()} cannot be shown right now" for part in ("topics", "messages")}
TOPICS = {"topics": (503, DOWN["topics"])}
MESSAGES = {"messages": (503, DOWN["messages"])}
USERS = {"users": (503, "Accounts cannot be reached right now")}
NAMELESS = {"users": (200, "so the profile is missing")}
UNTITLED = {"topics": (200, "In a topic")}
Missing = dict[str, tuple[int, str]]
ANYBODY: dict[str, Missing] = {
    **dict.fromkeys(["/", "/new", "/top", "/tags", "/tags/kitchen"], TOPICS),
    f"/topics/{TOPIC_ID}": TOPICS | {"messages": (200, DOWN["messages"])},
    f"/messages/{MESSAGE_ID}/card": TOPICS | MESSAGES,
    "/search": {},
    "/search?q=tea": {"topics": (503, "Topics cannot be searched right now")},
    "/search?q=tea&in=messages": UNTITLED | {"messages": (503, "Messages cannot be searched right now")},
    "/users": USERS,
    "/users/ada": NAMELESS | {part: (200, words) for part, words in DOWN.items()},
    "/users/ada/topics": NAMELESS | TOPICS,
    "/users/ada/messages": NAMELESS | UNTITLED | MESSAGES,
    "/register": {},
    "/login": {},
    "/docs": {},
    "/about": dict.fromkeys(["users", "topics", "messages"], (200, "Something is down")),
}
FEEDS: dict[str, Missing] = {
    **dict.fromkeys(["/feed.xml", "/tags/kitchen/feed.xml", "/sitemap.xml"], TOPICS),
    f"/topics/{TOPIC_ID}/feed.xml": TOPICS | MESSAGES,
}
MEMBERS: dict[str, Missing] = {
    "/topics/new": {},
    "/settings/password": {},
    "/settings/delete": {},
    **dict.fromkeys([f"/topics/{TOPIC_ID}/edit", f"/topics/{TOPIC_ID}/delete"], TOPICS),
    f"/topics/{TOPIC_ID}/reply?to={MESSAGE_ID}": TOPICS | MESSAGES,
    f"/topics/{TOPIC_ID}/reply?to={MESSAGE_ID}&quote=1": TOPICS | MESSAGES,
    **dict.fromkeys([f"/messages/{MESSAGE_ID}/edit", f"/messages/{MESSAGE_ID}/delete"], MESSAGES),
    **dict.fromkeys(["/settings", "/settings/devices"], USERS),
}
WAYS = {
    "refused": httpx.ConnectError("refused"),
    "late": httpx.ReadTimeout("3 s"),
    "unavailable": httpx.Response(503, json={"status": 503, "code": "unavailable", "detail": "x"}),
    "broken": httpx.Response(500, json={"status": 500, "code": "internal_error", "detail": "Traceback"}),
    "behind a proxy": httpx.Response(502, text="<html>Traceback"),
    "hidden by a proxy": httpx.Response(200, text="<html>Traceback"),
    "cut off": httpx.Response(200, text='{"items": ['),
    "no object": httpx.Response(200, json=["Traceback"]),
}


def broken(part: str, way: str) -> Made:
    """An API one part of which answers so; logging in still works."""
    api = Made(UP)
    api.answers = {
        request: WAYS[way] if part_of(request.partition(" ")[2]) == part else answer
        for request, answer in UP.items()
    }
    return api


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("part", ["users", "topics", "messages"])
async def test_a_page_says_what_is_missing_and_shows_the_rest(part: str, way: str) -> None:
    api = broken(part, way)
    async with visited(api) as visitor:
        await looks_at_all(visitor, ANYBODY | FEEDS, part)
    async with logged_in(api) as member:
        await looks_at_all(member, MEMBERS, part)


async def looks_at_all(visitor: httpx.AsyncClient, pages: dict[str, Missing], part: str) -> None:
    for path, missing in pages.items():
        page = await visitor.get(path)
        status, words = missing.get(part, (200, ""))
        assert page.status_code == status, path
        assert words in page.text, path
        assert "Traceback" not in page.text, path
        assert words or "right now" not in page.text, path
        assert ("retry-after" in page.headers) == (status == 503), path


async def test_a_topic_without_its_messages_is_read_all_the_same() -> None:
    html = await shown(broken("messages", "refused"), f"/topics/{TOPIC_ID}")
    assert "Green or <em>black</em>?" in html
    assert "Text 1" not in html
    assert "Nobody has answered yet" not in html


async def test_a_profile_without_accounts_has_what_somebody_wrote() -> None:
    html = await shown(broken("users", "refused"), "/users/ada")
    assert "<h1>Ada</h1>" in html
    assert f'<a href="/topics/{TOPIC_ID}">Tea</a>' in html
    assert f'<a href="/messages/{MESSAGE_ID}">Tea</a>' in html


@pytest.mark.parametrize("part", ["users", "topics", "messages"])
async def test_a_part_that_hangs_is_waited_for_once(part: str) -> None:
    """Also by somebody whose session has to be renewed first. Calls made at once wait together."""
    api = Made(UP | {"POST /api/sessions/refresh": session()})
    begun: list[int] = []  # how many calls had waited in vain when each began
    waited = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal waited
        if part_of(request.url.path) != part:
            return api(request)
        begun.append(waited)
        for _ in range(100):  # rounds of the loop, in which whatever else is asked for at once begins
            await asyncio.sleep(0)
        waited += 1
        raise httpx.ReadTimeout("3 s")

    async with logged_in(api, expires_in=0) as before, visited(answer) as visitor:
        for path in ANYBODY | FEEDS | MEMBERS:
            visitor.cookies = before.cookies
            waited = 0
            await visitor.get(path)
    assert set(begun) == {0}
