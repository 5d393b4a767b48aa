"""What browsers keep for us: for our host alone, and whatever comes back is answered."""

import re
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from front_end import ADA, Made, forum, session, visited

from chassis.answers import encode

NAME = '<a class="who" href="/users/ada">'


def accounts() -> Made:
    """An API where Ada may log in and go on."""
    return forum(
        **{
            "POST /api/sessions": session(),
            "POST /api/sessions/refresh": session(pair=2),
            "GET /api/users/me": session()["user"],
        }
    )


@pytest.mark.parametrize(
    ("host", "elsewhere"),
    [
        ("localhost", False),
        ("localhost:8080", False),
        ("127.0.0.1", False),
        ("127.0.0.1:8080", False),
        ("[::1]", False),
        ("[::1]:8080", False),
        ("forum.example", True),
        ("forum.example:8443", True),
        ("192.0.2.7:80", True),
        ("[2001:db8::1]", True),
        ("[2001:db8::1]:8080", True),
        ("localhost.evil.example", True),
    ],
)
async def test_cookies_are_for_us_alone(host: str, elsewhere: bool) -> None:
    async with visited(accounts()) as visitor:
        prefix = "__Host-" if elsewhere else ""
        headers = {"Host": host, "Cookie": f"{prefix}csrf=token"}
        answer = await visitor.post("/login", data={"csrf": "token"}, headers=headers)
        visitor.cookies.clear()
        page = await visitor.get("/login", headers={"Host": host})
    cookies = answer.headers.get_list("set-cookie") + page.headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {f"{prefix}session", f"{prefix}csrf"}
    for cookie in cookies:
        attributes = {each.strip().lower() for each in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/", "max-age=2592000"} <= attributes
        assert ("secure" in attributes) == elsewhere
        assert not [each for each in attributes if each.startswith("domain")]


ODD = [
    "",
    "x",
    '"',
    "%%%",
    "bnVsbA==",  # null
    "W10=",  # []
    "e30=",  # {}
    "eyJ1c2VyIjogMX0=",  # {"user": 1}
    "a" * 30_000,
    "\xe9\xff",
]


def packed(**parts: Any) -> str:
    """A session's cookie with other parts than ours."""
    user = {**ADA, "role": "member"}
    whole = {"access": "a", "refresh": "r", "until": 9e9, "user": user} | parts
    return urlsafe_b64encode(encode(whole)).decode()


FORGED = [
    packed(access="a\r\nX-Evil: 1"),
    packed(access="é"),
    packed(refresh="\n"),
    packed(until="soon"),
    packed(until=None),
    packed(user=None),
    packed(user=ADA),
    packed(user=[1]),
]


@pytest.mark.parametrize("cookie", [*ODD, *FORGED])
@pytest.mark.parametrize("page", ["/tags", "/settings", "/login"])
async def test_a_cookie_that_we_did_not_write_is_nobody(page: str, cookie: str) -> None:
    async with visited(accounts()) as visitor:
        kept = f"session={cookie}; csrf={cookie}; notice={cookie}".encode("latin-1")
        answer = await visitor.get(page, headers={b"Cookie": kept})
    assert answer.status_code == (303 if page == "/settings" else 200)
    assert 'class="who"' not in answer.text


@pytest.mark.parametrize("until", [0, -1, "nan", "inf", 1e300, True])
@pytest.mark.parametrize("page", ["/tags", "/settings"])
async def test_whatever_end_a_cookie_names_the_page_comes(page: str, until: Any) -> None:
    async with visited(accounts()) as visitor:
        named = packed(until=until, access="access.1", refresh="refresh.1")
        answer = await visitor.get(page, headers={"Cookie": f"session={named}"})
    assert answer.status_code == 200
    assert NAME in answer.text


@pytest.mark.parametrize("agent", [b"\xff\xfe", "Ä/1".encode(), b"a" * 2000, b""])
async def test_whatever_a_browser_calls_itself_the_page_comes(agent: bytes) -> None:
    api = accounts()
    async with visited(api) as visitor:
        answer = await visitor.get("/tags", headers={b"User-Agent": agent, b"X-Forwarded-For": agent})
    assert answer.status_code == 200
    assert all(re.fullmatch(r"[ -~]*", asked.headers.get("user-agent", "")) for asked in api.asked)


async def test_a_notice_that_is_none_of_ours_says_nothing() -> None:
    async with visited(accounts()) as visitor:
        html = (await visitor.get("/tags", headers={"Cookie": "notice=<b>evil"})).text
    assert "evil" not in html
    assert 'class="notice"' not in html
