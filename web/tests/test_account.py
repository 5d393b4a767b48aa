"""One's own account: profile, password, devices, and leaving."""

from typing import Any

import httpx
import orjson
import pytest
from front_end import AT, PASSWORD, Made, forum, logged_in, problem, sends, session, visited

ME, DEVICES = "GET /api/users/me", "GET /api/sessions"
PROFILE, CHANGE, LEAVE = "PATCH /api/users/me", "POST /api/users/me/password", "DELETE /api/users/me"
DOWN = httpx.ConnectError("refused")
ENDED = {
    "POST /api/sessions/refresh": problem(401, "bad_refresh_token"),
}


def device(number: int, **differently: Any) -> dict[str, Any]:
    """A Device of the API."""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    times = {"created_at": AT, "last_used_at": AT}
    return {"id": f"device-{number}", "user_agent": agent, "current": False, **times} | differently


def account(**answers: Any) -> Made:
    """An API where Ada changes what is hers."""
    mine = session()["user"] | {"bio": "Tea\n<3"}
    done = httpx.Response(204)
    return forum(
        **{ME: mine, PROFILE: mine | {"display_name": "Countess"}, CHANGE: done, LEAVE: done} | answers
    )


def body(api: Made, target: str) -> Any:
    """What was sent to `target`."""
    (request,) = [asked for asked in api.asked if f"{asked.method} {asked.url.path}" == target]
    assert request.headers["authorization"] == "Bearer access.1"
    return orjson.loads(request.content)


@pytest.mark.parametrize("page", ["/settings", "/settings/password", "/settings/devices", "/settings/delete"])
async def test_who_is_not_logged_in_is_asked_to_and_comes_back(page: str) -> None:
    async with visited(account()) as visitor:
        answer = await visitor.get(page)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={page}")


async def test_the_profile_is_filled_in_and_saved() -> None:
    api = account()
    async with logged_in(api) as visitor:
        html = (await visitor.get("/settings")).text
        assert 'value="Ada"' in html
        assert ">\nTea\n&lt;3</textarea>" in html
        answer = await sends(visitor, "/settings", display_name=" Countess ", bio="one\r\ntwo\r\n")
        page = await visitor.get("/tags")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert body(api, PROFILE) == {"display_name": "Countess", "bio": "one\ntwo\n"}
    assert "Saved." in page.text
    assert "<span>Countess</span>" in page.text


@pytest.mark.parametrize(
    ("answer", "status", "words", "field"),
    [
        (problem(422, "invalid", "display_name"), 422, "Please look at what is marked", "display_name"),
        (problem(422, "invalid", "bio"), 422, "Please look at what is marked", "bio"),
        (problem(403, "suspended"), 403, "This account is suspended", ""),
        (DOWN, 503, "Accounts cannot be reached right now", ""),
    ],
)
async def test_a_profile_that_is_not_saved_keeps_what_was_typed(
    answer: Any, status: int, words: str, field: str
) -> None:
    async with logged_in(account(**{PROFILE: answer})) as visitor:
        page = await sends(visitor, "/settings", display_name="Ada <b>", bio="<i>mine")
        later = (await visitor.get("/tags")).text
    assert page.status_code == status
    assert words in page.text
    assert 'value="Ada &lt;b&gt;"' in page.text
    assert ">\n&lt;i&gt;mine</textarea>" in page.text
    assert [each for each in ("display_name", "bio") if f'id="{each}-wrong"' in page.text] == [field] * bool(
        field
    )
    assert "<span>Ada</span>" in later


async def test_a_form_that_is_sent_after_the_session_has_ended_keeps_what_was_typed() -> None:
    api = account()
    async with logged_in(api) as visitor:
        await visitor.get("/settings")
        api.answers |= {PROFILE: problem(401, "unauthorized")} | ENDED
        page = await visitor.post(
            "/settings", data={"csrf": visitor.cookies["csrf"], "display_name": "Ada L.", "bio": "Long"}
        )
    assert page.status_code == 401
    assert "this session has ended" in page.text
    assert 'You are not logged in any more, and what you wrote is still here. <a href="/login"' in page.text
    assert 'value="Ada L."' in page.text
    assert ">\nLong</textarea>" in page.text
    assert 'class="who"' not in page.text


async def test_a_new_password_takes_the_present_one() -> None:
    api = account()
    async with logged_in(api) as visitor:
        answer = await sends(
            visitor, "/settings/password", current="old one, old one", new="new one, new one"
        )
        page = await visitor.get("/settings/password")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/password")
    assert body(api, CHANGE) == {"current": "old one, old one", "new": "new one, new one"}
    assert "Your password is changed. Other devices were logged out." in page.text
    assert 'class="who"' in page.text


async def test_a_password_that_is_sent_twice_is_changed_once() -> None:
    api = account()
    async with logged_in(api) as visitor:
        data = {"csrf": "", "key": "k", "current": "old", "new": "new one, new one"}
        await visitor.get("/settings/password")
        data["csrf"] = visitor.cookies["csrf"]
        for new in ("new one, new one", "new one, new one", "another one, too"):
            await visitor.post("/settings/password", data=data | {"new": new})
    keys = [asked.headers["idempotency-key"] for asked in api.asked if asked.method == "POST"]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("answer", "status", "words", "field"),
    [
        (problem(403, "bad_credentials"), 403, "the present one is not right", "current"),
        (problem(422, "invalid", "new"), 422, "Please look at what is marked", "new"),
        (DOWN, 503, "Accounts cannot be reached right now", ""),
    ],
)
async def test_a_password_that_is_not_changed_says_why(
    answer: Any, status: int, words: str, field: str
) -> None:
    async with logged_in(account(**{CHANGE: answer})) as visitor:
        page = await sends(visitor, "/settings/password", current="old one, old one", new="new one, new one")
    assert page.status_code == status
    assert words in page.text
    assert [each for each in ("current", "new") if f'id="{each}-wrong"' in page.text] == [field] * bool(field)
    assert "one, " not in page.text


async def test_devices_are_named_and_logged_out_one_by_one() -> None:
    devices = {
        "items": [device(1, current=True), device(2, user_agent="curl/8.14.1"), device(3, user_agent="")]
    }
    api = account(**{DEVICES: devices, "DELETE /api/sessions/device-2": httpx.Response(204)})
    async with logged_in(api) as visitor:
        html = (await visitor.get("/settings/devices")).text
        answer = await sends(visitor, "/settings/devices", to="/settings/devices/device-2")
        later = (await visitor.get("/settings/devices")).text
    assert html.index("Firefox on Linux") < html.index("This device") < html.index("<h2>curl</h2>")
    assert "<h2>Unknown device</h2>" in html
    assert [n for n in (1, 2, 3) if f'action="/settings/devices/device-{n}"' in html] == [2, 3]
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/devices")
    assert "DELETE /api/sessions/device-2" in api.targets
    assert "That device is logged out." in later


async def test_a_device_that_is_logged_out_already_is_no_error() -> None:
    api = account(**{DEVICES: {"items": [device(2)]}})
    async with logged_in(api) as visitor:
        answer = await sends(visitor, "/settings/devices", to="/settings/devices/device-2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/devices")


@pytest.mark.parametrize(
    ("refused", "status", "words"),
    [(DOWN, 503, "Accounts cannot be reached"), (problem(403, "suspended"), 403, "That is not possible")],
)
async def test_a_device_that_stays_logged_in_is_not_said_to_be_logged_out(
    refused: Any, status: int, words: str
) -> None:
    api = account(**{DEVICES: {"items": [device(2)]}, "DELETE /api/sessions/device-2": refused})
    async with logged_in(api) as visitor:
        answer = await sends(visitor, "/settings/devices", to="/settings/devices/device-2")
        assert answer.status_code == status
        assert words in answer.text
        assert "That device is logged out." not in (await visitor.get("/settings/devices")).text


@pytest.mark.parametrize("page", ["/settings", "/settings/devices"])
async def test_without_accounts_settings_say_so(page: str) -> None:
    async with logged_in(account(**{ME: DOWN, DEVICES: DOWN})) as visitor:
        answer = await visitor.get(page)
    assert answer.status_code == 503
    assert "Accounts cannot be reached right now" in answer.text


async def test_who_leaves_is_told_what_stays_and_logged_out() -> None:
    api = account()
    async with logged_in(api) as visitor:
        assert "What you wrote stays" in (await visitor.get("/settings/delete")).text
        answer = await sends(visitor, "/settings/delete", password=PASSWORD)
        page = await visitor.get("/tags")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert body(api, LEAVE) == {"password": PASSWORD}
    assert "Your account is deleted." in page.text
    assert 'class="who"' not in page.text


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (problem(403, "bad_credentials"), 403, "Your account was not deleted: the password is not right."),
        (problem(403, "forbidden"), 403, "You are the last administrator."),
        (DOWN, 503, "Accounts cannot be reached right now"),
    ],
)
async def test_who_cannot_leave_stays_logged_in(answer: Any, status: int, words: str) -> None:
    async with logged_in(account(**{LEAVE: answer})) as visitor:
        page = await sends(visitor, "/settings/delete", password=PASSWORD)
        assert 'class="who"' in (await visitor.get("/tags")).text
    assert page.status_code == status
    assert words in page.text
