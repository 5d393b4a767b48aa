"""A form counts only when a page of ours sent it, and leads nowhere but to our pages."""

import re
from typing import Any

import httpx
import pytest
from front_end import PASSWORD, Made, forum, logged_in, sends, session, visited

LOG_IN = {"username": "ada", "password": PASSWORD}
FORM = "application/x-www-form-urlencoded"


def api() -> Made:
    """An API where Ada may log in."""
    return forum(**{"POST /api/sessions": session(), "DELETE /api/sessions/current": httpx.Response(204)})


def refused(made: Made, answer: httpx.Response) -> bool:
    """Whether the form was refused with what to do next, and nothing was done."""
    told = "Go back, load the page again and send it once more" in answer.text
    return answer.status_code == 403 and told and not [each for each in made.asked if each.method != "GET"]


@pytest.mark.parametrize("token", [None, "", "wrong", "é", "x" * 10_000])
async def test_a_form_without_the_token_of_its_browser_is_refused(token: str | None) -> None:
    made = api()
    async with visited(made) as visitor:
        await visitor.get("/login")
        assert refused(
            made, await visitor.post("/login", data=LOG_IN | ({} if token is None else {"csrf": token}))
        )


@pytest.mark.parametrize("kept", [None, "", "another", "é"])
async def test_a_form_from_another_browser_is_refused(kept: str | None) -> None:
    made = api()
    async with visited(made) as visitor:
        await visitor.get("/login")
        token = visitor.cookies["csrf"]
        visitor.cookies.clear()
        cookie = {} if kept is None else {b"Cookie": f"csrf={kept}".encode()}
        for sent in (token, kept or ""):
            if sent != kept or not sent:
                assert refused(
                    made, await visitor.post("/login", data=LOG_IN | {"csrf": sent}, headers=cookie)
                )


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"", FORM),
        (b"csrf=token&username=\xff", FORM),
        (b"csrf=token" + b"&username=ada" * 60, FORM),
        (b'{"csrf": "token"}', "application/json"),
        (
            b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\ntoken\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_what_is_no_form_is_refused(content: bytes, media_type: str) -> None:
    made = api()
    async with visited(made) as visitor:
        headers = {"Content-Type": media_type, "Cookie": "csrf=token"}
        assert refused(made, await visitor.post("/login", content=content, headers=headers))


async def test_a_form_that_is_too_large_is_refused() -> None:
    made = api()
    async with visited(made) as visitor:
        answer = await sends(visitor, "/login", username="a" * 600_000)
    assert answer.status_code == 413
    assert "That is too long" in answer.text
    assert not made.asked


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": "http://forum.example"}, True),
        ({"Origin": "https://forum.example"}, True),
        ({"Origin": "https://FORUM.example"}, True),
        ({"Origin": "https://forum.example", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://forum.example:8443"}, False),
        ({"Origin": "https://forum.example.evil.example"}, False),
        ({"Origin": "https://forum.example@evil.example"}, False),
        ({"Origin": "https://forum.example", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://sub.forum.example", "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
async def test_what_another_site_sends_is_refused_even_with_the_token(
    headers: dict[str, str], passes: bool
) -> None:
    made = api()
    async with visited(made) as visitor:
        visitor.headers["Host"] = "forum.example"
        cookie = {"Cookie": "__Host-csrf=token"}
        answer = await visitor.post("/login", data=LOG_IN | {"csrf": "token"}, headers=headers | cookie)
    assert (answer.status_code == 303) == passes
    assert refused(made, answer) != passes


async def test_a_form_that_was_open_while_its_person_logged_in_still_counts() -> None:
    async with visited(api()) as visitor:
        await visitor.get("/login")
        before = visitor.cookies["csrf"]
        await sends(visitor, "/login", **LOG_IN)
        await visitor.get("/")
        assert visitor.cookies["csrf"] == before


OURS = [
    ("/", "/"),
    ("/tags", "/tags"),
    ("/topics/01890000?page=2#m21", "/topics/01890000?page=2#m21"),
    ("/search?q=a+b%20c&in=topics", "/search?q=a+b%20c&in=topics"),
    ("/tags/é", "/tags/%C3%A9"),
]
HOSTILE = [
    "",
    "tags",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//[",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "forum.example@evil.example",
    "//forum.example@evil.example",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\r\n//evil.example",
    "/a\r\nSet-Cookie: x=y",
    "/\x00/evil.example",
    "/\u2028/evil.example",
    "/\u3000/evil.example",
    "?next=//evil.example",
    "#//evil.example",
    ".//evil.example",
    "http://localhost/tags",
]
ENCODED = [
    "/%2F%2Fevil.example",
    "/%5Cevil.example",
    "/%0d%0aSet-Cookie:x",
    "/%09/evil.example",
    "/@evil.example",
]


async def ways(address: str) -> list[Any]:
    """Where each page leads that goes on to an address it is given."""
    async with visited(api()) as visitor:
        joined = await sends(visitor, "/login", **LOG_IN, next=address)
        again = [await visitor.get(page, params={"next": address}) for page in ("/login", "/register")]
        token = {"csrf": visitor.cookies["csrf"]}
        left = await visitor.post("/logout", params={"next": address}, data=token)
    return [answer.headers["location"] for answer in (joined, *again, left)]


@pytest.mark.parametrize(("address", "path"), OURS)
async def test_a_path_of_the_forum_is_gone_on_to(address: str, path: str) -> None:
    assert await ways(address) == [path] * 4


@pytest.mark.parametrize("address", HOSTILE)
async def test_any_other_address_leads_to_the_front_page(address: str) -> None:
    assert await ways(address) == ["/"] * 4


@pytest.mark.parametrize("address", ENCODED)
async def test_what_is_encoded_stays_encoded(address: str) -> None:
    for way in await ways(address):
        assert way == address
        assert re.fullmatch(r"/(?!/)[!-\[\]-~]*", way)


@pytest.mark.parametrize("address", [*HOSTILE, '"><script>alert(1)</script>'])
async def test_a_page_carries_an_address_as_text(address: str) -> None:
    async with visited(api()) as visitor:
        html = (await visitor.get("/login", params={"next": address})).text
        plain = (await visitor.get("/login", params={"next": "plain"})).text
    assert html.count("<") == plain.count("<")
    assert html.count('"') == plain.count('"')
    assert 'href="//' not in html


async def test_who_comes_back_comes_to_the_page_with_its_query() -> None:
    async with visited(api()) as visitor:
        answer = await visitor.get("/settings?a=1&b=//evil.example")
        assert answer.headers["location"] == "/login?next=/settings%3Fa%3D1%26b%3D//evil.example"
        joined = await sends(visitor, answer.headers["location"], to="/login", **LOG_IN)
    assert joined.headers["location"] == "/settings?a=1&b=//evil.example"


async def test_what_is_refused_shows_who_is_logged_in() -> None:
    async with logged_in(api()) as visitor:
        page = await visitor.post("/settings", data={"csrf": "wrong"})
    assert page.status_code == 403
    assert 'class="who"' in page.text
