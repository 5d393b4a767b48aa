"""Registering, logging in and logging out."""

from typing import Any

import httpx
import orjson
import pytest
from front_end import PASSWORD, Made, forum, logged_in, problem, sends, session, shown, visited

LOG_IN, REGISTER, LOG_OUT = "POST /api/sessions", "POST /api/users", "DELETE /api/sessions/current"
DOWN = httpx.ConnectError("refused")


def accounts(**answers: Any) -> Made:
    """An API where Ada may register and log in."""
    return forum(**{REGISTER: session()["user"], LOG_IN: session(), LOG_OUT: httpx.Response(204)} | answers)


def sent(api: Made, target: str) -> dict[str, Any]:
    """The body of the one request to `target`."""
    (request,) = [asked for asked in api.asked if f"{asked.method} {asked.url.path}" == target]
    body: dict[str, Any] = orjson.loads(request.content)
    return body


async def test_who_logs_in_goes_on_where_they_were() -> None:
    api = accounts()
    async with visited(api) as visitor:
        answer = await sends(visitor, "/login?next=/topics/new%3Fa=1", username=" ada ", password=PASSWORD)
        page = await visitor.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/topics/new?a=1")
    assert sent(api, LOG_IN) == {"username": "ada", "password": PASSWORD}
    assert '<a class="who" href="/users/ada">' in page.text
    assert 'href="/login' not in page.text


async def test_who_registers_is_logged_in_and_goes_on() -> None:
    api = accounts()
    async with visited(api) as visitor:
        fields = {"username": "ada", "password": PASSWORD, "display_name": " Ada "}
        answer = await sends(visitor, "/register?next=/tags", **fields)
        page = await visitor.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tags")
    assert sent(api, REGISTER) == {"username": "ada", "password": PASSWORD, "display_name": "Ada"}
    assert sent(api, LOG_IN) == {"username": "ada", "password": PASSWORD}
    assert "Your account is ready" in page.text
    assert '<a class="who" href="/users/ada">' in page.text


async def test_without_a_display_name_none_is_sent() -> None:
    api = accounts()
    async with visited(api) as visitor:
        await sends(visitor, "/register", username="ada", password=PASSWORD, display_name=" ")
    assert sent(api, REGISTER) == {"username": "ada", "password": PASSWORD}


async def test_a_registration_that_is_sent_twice_is_one_and_a_changed_one_another() -> None:
    api = accounts()
    async with visited(api) as visitor:
        hidden = {"csrf": "", "key": "k"}
        await visitor.get("/register")
        hidden["csrf"] = visitor.cookies["csrf"]
        for name in ("ada", "ada", "bob"):
            await visitor.post("/register", data=hidden | {"username": name, "password": PASSWORD})
            visitor.cookies.delete("session")
    keys = [asked.headers["idempotency-key"] for asked in api.asked if asked.url.path == "/api/users"]
    assert keys[0] == keys[1] != keys[2]


async def test_two_registration_pages_are_two_registrations() -> None:
    api = accounts(**{LOG_IN: DOWN})
    async with visited(api) as visitor:
        for _ in range(2):
            await sends(visitor, "/register", username="ada", password=PASSWORD)
    keys = {asked.headers["idempotency-key"] for asked in api.asked if asked.url.path == "/api/users"}
    assert len(keys) == 2


@pytest.mark.parametrize("page", ["/login", "/register"])
async def test_who_is_logged_in_already_goes_on(page: str) -> None:
    async with logged_in(accounts()) as visitor:
        answer = await visitor.get(page, params={"next": "/tags"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tags")


LOGIN_REFUSED = [
    (problem(401, "bad_credentials"), 401, "The username or the password is not right"),
    (problem(403, "suspended"), 403, "This account is suspended"),
    (problem(429, "too_many_failures", Retry_After="61"), 429, "Please wait 2 minutes"),
    (problem(429, "too_many_failures", Retry_After="7"), 429, "Please wait 1 minute,"),
    (DOWN, 503, "Accounts cannot be reached right now"),
]


@pytest.mark.parametrize(("answer", "status", "words"), LOGIN_REFUSED)
async def test_a_login_that_fails_says_why_and_keeps_the_way_back(
    answer: Any, status: int, words: str
) -> None:
    async with visited(accounts(**{LOG_IN: answer})) as visitor:
        page = await sends(visitor, "/login?next=/tags/tea", username="ada", password=PASSWORD)
        assert "session" not in visitor.cookies
    assert page.status_code == status
    assert words in page.text
    assert page.text.count('role="alert"') == 1
    assert 'name="next" value="/tags/tea"' in page.text
    assert 'name="username" type="text" value="ada"' in page.text
    assert PASSWORD not in page.text


async def test_who_has_to_wait_is_told_in_seconds_too() -> None:
    async with visited(accounts(**{LOG_IN: LOGIN_REFUSED[2][0]})) as visitor:
        page = await sends(visitor, "/login", username="ada", password=PASSWORD)
    assert page.headers["retry-after"] == "61"


REGISTER_REFUSED = [
    (problem(409, "username_taken"), 409, "Somebody has this username already", "username"),
    (problem(422, "invalid", "username"), 422, "Please look at what is marked", "username"),
    (problem(422, "invalid", "password"), 422, "Please look at what is marked", "password"),
    (problem(422, "invalid", "display_name"), 422, "Please look at what is marked", "display_name"),
    (DOWN, 503, "Accounts cannot be reached right now", ""),
]


@pytest.mark.parametrize(("answer", "status", "words", "field"), REGISTER_REFUSED)
async def test_a_registration_that_fails_says_why_and_keeps_what_was_typed(
    answer: Any, status: int, words: str, field: str
) -> None:
    api = accounts(**{REGISTER: answer})
    async with visited(api) as visitor:
        fields = {"username": "ada", "password": PASSWORD, "display_name": 'A "d" <a>'}
        page = await sends(visitor, "/register?next=/tags", **fields)
    assert page.status_code == status
    assert words in page.text
    assert 'value="ada"' in page.text
    assert 'value="A &#34;d&#34; &lt;a&gt;"' in page.text
    assert 'name="next" value="/tags"' in page.text
    assert PASSWORD not in page.text
    assert LOG_IN not in api.targets
    marked = [each for each in ("username", "password", "display_name") if f'id="{each}-wrong"' in page.text]
    assert marked == ([field] if field else [])
    assert page.text.count("aria-invalid") == len(marked)


async def test_who_cannot_be_logged_in_after_registering_is_asked_to_log_in() -> None:
    async with visited(accounts(**{LOG_IN: DOWN})) as visitor:
        page = await sends(visitor, "/register?next=/tags", username="ada", password=PASSWORD)
    assert page.status_code == 503
    assert "Your account is ready" in page.text
    assert '<form class="form" action="/login"' in page.text
    assert 'name="next" value="/tags"' in page.text


@pytest.mark.parametrize("answer", [httpx.Response(204), problem(401, "unauthorized"), DOWN])
async def test_who_logs_out_is_logged_out_whatever_the_api_answers(answer: Any) -> None:
    api = accounts(**{LOG_OUT: answer})
    async with logged_in(api) as visitor:
        left = await sends(visitor, "/tags", to="/logout?next=/tags")
        page = await visitor.get("/tags")
    assert (left.status_code, left.headers["location"]) == (303, "/tags")
    ended = next(asked for asked in api.asked if asked.method == "DELETE")
    assert ended.headers["authorization"] == "Bearer access.1"
    assert "You are logged out." in page.text
    assert '<a href="/login' in page.text


async def test_a_link_logs_nobody_out() -> None:
    async with logged_in(accounts()) as visitor:
        assert (await visitor.get("/logout")).status_code == 405
        assert 'class="who"' in (await visitor.get("/tags")).text


@pytest.mark.parametrize("page", ["/login", "/register"])
async def test_who_came_over_http_to_a_host_elsewhere_is_told_to_take_https(page: str) -> None:
    async with visited(accounts()) as visitor:
        for host, scheme, told in [
            ("forum.example", "http", True),
            ("forum.example", "https", False),
            ("localhost:8080", "http", False),
            ("127.0.0.1:8080", "http", False),
            ("[::1]:8080", "http", False),
        ]:
            headers = {"Host": host, "X-Forwarded-Proto": scheme}
            html = (await visitor.get(page, headers=headers)).text
            assert ("Open it with https:// in front" in html) == told, host


async def test_the_forms_are_shown_while_nobody_knows_whether_accounts_answer() -> None:
    for page in ("/login", "/register"):
        assert 'autocomplete="username"' in await shown(lambda _: httpx.Response(503), page)
