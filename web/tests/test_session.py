"""How a browser stays logged in: one new pair of tokens for the old one, however many ask."""

import asyncio
import hashlib
from typing import Any

import httpx
import orjson
import pytest
from front_end import Made, forum, logged_in, problem, session, visited

REFRESH, ME, DEVICES = "POST /api/sessions/refresh", "GET /api/users/me", "GET /api/sessions"
DOWN = httpx.ConnectError("refused")
LATE = httpx.ReadTimeout("3 s")
NAME = '<a class="who" href="/users/ada">'
ENDED = "You have been logged out: this session has ended."


def renewing(**answers: Any) -> Made:
    """An API that gives the pair after the one it is shown, and accepts the newest alone."""

    def next_pair(request: httpx.Request) -> httpx.Response:
        pair = int(
            httpx.Response(200, content=request.content).json()["refresh_token"].removeprefix("refresh.")
        )
        return httpx.Response(200, json=session(pair=pair + 1))

    return forum(**{REFRESH: next_pair, ME: session()["user"], DEVICES: {"items": []}} | answers)


def refreshes(api: Made) -> list[tuple[Any, str]]:
    """Body and key of each request for a new pair."""
    return [
        (orjson.loads(asked.content), asked.headers["idempotency-key"])
        for asked in api.asked
        if f"{asked.method} {asked.url.path}" == REFRESH
    ]


def presented(api: Made, path: str = "/api/users/me") -> list[str]:
    """The access tokens that came with requests for `path`."""
    return [asked.headers.get("authorization", "") for asked in api.asked if asked.url.path == path]


async def test_a_token_that_is_about_to_end_is_renewed_once() -> None:
    api = renewing()
    async with logged_in(api, expires_in=29) as visitor:
        before = visitor.cookies["session"]
        for _ in range(3):
            assert (await visitor.get("/settings")).status_code == 200
        assert visitor.cookies["session"] != before
    assert refreshes(api) == [({"refresh_token": "refresh.1"}, hashlib.sha256(b"refresh.1").hexdigest())]
    assert presented(api) == ["Bearer access.2"] * 3


async def test_a_token_with_time_left_is_not_renewed() -> None:
    api = renewing()
    async with logged_in(api, expires_in=60) as visitor:
        await visitor.get("/settings")
    assert not refreshes(api)
    assert presented(api) == ["Bearer access.1"]


async def test_two_tabs_at_once_ask_with_one_key_and_keep_one_pair() -> None:
    api = renewing()
    async with logged_in(api, expires_in=0) as visitor:
        kept = f"session={visitor.cookies['session']}"
        tabs = await asyncio.gather(*(visitor.get("/settings", headers={"Cookie": kept}) for _ in range(2)))
    assert [tab.status_code for tab in tabs] == [200, 200]
    assert len(set(map(str, refreshes(api)))) == 1
    assert presented(api) == ["Bearer access.2"] * 2


async def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key() -> None:
    api = renewing()
    async with logged_in(api, expires_in=0) as visitor:
        renew, api.answers[REFRESH] = api.answers[REFRESH], LATE
        assert NAME in (await visitor.get("/tags")).text
        assert (await visitor.get("/settings")).status_code == 503
        api.answers[REFRESH] = renew
        assert (await visitor.get("/settings")).status_code == 200
    assert len(refreshes(api)) == 3
    assert len(set(map(str, refreshes(api)))) == 1


async def test_a_pair_that_comes_late_and_has_expired_is_renewed_in_turn() -> None:
    """An answer that was lost is given again for a day; its access token serves for minutes."""

    def newest_only(request: httpx.Request) -> httpx.Response:
        good = request.headers.get("authorization") == "Bearer access.3"
        return httpx.Response(200, json=session()["user"]) if good else problem(401, "unauthorized")

    api = renewing(**{ME: newest_only})
    async with logged_in(api, expires_in=0) as visitor:
        page = await visitor.get("/settings")
        later = await visitor.get("/settings")
    assert (page.status_code, later.status_code) == (200, 200)
    assert [body["refresh_token"] for body, _ in refreshes(api)] == ["refresh.1", "refresh.2"]
    assert presented(api) == ["Bearer access.2", "Bearer access.3", "Bearer access.3"]


async def test_a_session_that_ended_elsewhere_is_told_once_and_reading_goes_on() -> None:
    api = renewing(**{REFRESH: problem(401, "bad_refresh_token")})
    async with logged_in(api, expires_in=0) as visitor:
        page = await visitor.get("/tags")
        assert "session" not in visitor.cookies
        later = await visitor.get("/tags")
    assert page.status_code == 200
    assert ENDED in page.text
    assert NAME not in page.text
    assert ENDED not in later.text
    assert len(refreshes(api)) == 1


@pytest.mark.parametrize("expires_in", [0, 600])
async def test_a_page_that_needs_the_session_that_ended_asks_to_log_in(expires_in: int) -> None:
    gone = {REFRESH: problem(401, "bad_refresh_token"), ME: problem(401, "unauthorized")}
    async with logged_in(renewing(**gone), expires_in=expires_in) as visitor:
        answer = await visitor.get("/settings")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/settings")
        assert ENDED in (await visitor.get(answer.headers["location"])).text


async def test_who_is_suspended_is_told_when_the_token_ends() -> None:
    api = renewing(**{REFRESH: problem(403, "suspended")})
    async with logged_in(api, expires_in=0) as visitor:
        page = await visitor.get("/tags")
    assert page.status_code == 200
    assert "this account is suspended" in page.text
    assert NAME not in page.text


@pytest.mark.parametrize("answer", [DOWN, LATE, httpx.Response(503), httpx.Response(502, text="<html>")])
async def test_without_accounts_reading_goes_on_and_nobody_is_logged_out(answer: Any) -> None:
    api = renewing(**{REFRESH: answer})
    async with logged_in(api, expires_in=0) as visitor:
        before = visitor.cookies["session"]
        page = await visitor.get("/tags")
        settings = await visitor.get("/settings")
        assert visitor.cookies["session"] == before
    assert page.status_code == 200
    assert NAME in page.text
    assert ENDED not in page.text
    assert settings.status_code == 503
    assert "Accounts cannot be reached right now" in settings.text
    assert not presented(api)


async def test_a_new_role_counts_from_the_next_pair() -> None:
    def promoted(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=session(pair=2, role="moderator", display_name="Countess"))

    async with logged_in(renewing(**{REFRESH: promoted}), expires_in=0) as visitor:
        page = await visitor.get("/tags")
    assert "<span>Countess</span>" in page.text


async def test_who_reads_without_an_account_asks_for_no_tokens() -> None:
    api = renewing()
    async with visited(api) as visitor:
        await visitor.get("/tags")
        assert not visitor.cookies
    assert not refreshes(api)
