"""People and what they wrote; who moderates may suspend them, who administrates gives roles."""

from typing import Any

import httpx
import orjson
import pytest
from front_end import (
    ADA,
    AT,
    HOSTILE,
    TOPIC_ID,
    Json,
    Made,
    listed,
    logged_in,
    message,
    message_id,
    sends,
    shown,
    topic,
)

ADA_PATH = "GET /api/users/ada"


def user(**differently: Any) -> Json:
    """Ada as the API has her."""
    return ADA | {"bio": "Gardens.\nEngines.", "role": "member", "created_at": AT} | differently


def people(*users: Json, **answers: Any) -> Made:
    """An API with Ada, who wrote a topic and a message."""
    known = {
        "GET /api/users": listed(*users),
        ADA_PATH: user(),
        "GET /api/users/Ada": user(),
        "GET /api/topics": listed(topic()),
        "GET /api/messages": listed(message(3, author=ADA)),
        f"GET /api/topics/{TOPIC_ID}": topic(),
    }
    return Made(known | answers)


async def test_people_are_listed_by_username() -> None:
    api = people(user(), user(username="grace", display_name="Grace & co", role="admin"))
    html = await shown(api, "/users")
    assert api.targets == ["GET /api/users?limit=20"]
    assert html.index('<a href="/users/ada">Ada</a>') < html.index(
        '<a href="/users/grace">Grace &amp; co</a>'
    )
    assert html.index("@grace") < html.index(">Administrator<")
    assert ">Moderator<" not in html


async def test_people_are_found_by_the_beginning_of_their_username() -> None:
    api = people()
    html = await shown(api, "/users?q=%20@Gra")
    assert api.targets == ["GET /api/users?q=Gra&limit=20"]
    assert "No username begins with “Gra”" in html
    assert 'value="Gra"' in html


async def test_a_profile_shows_who_somebody_is_and_what_they_wrote() -> None:
    api = people(**{ADA_PATH: user(role="moderator")})
    html = await shown(api, "/users/ada")
    assert api.targets == [
        ADA_PATH,
        "GET /api/topics?author=ada&sort=new&limit=5",
        "GET /api/messages?author=ada&limit=5",
        f"GET /api/topics/{TOPIC_ID}",
    ]
    assert "<h1>Ada</h1>" in html
    assert "@ada" in html
    assert ">Moderator<" in html
    assert f'joined <time datetime="{AT}"' in html
    assert '<p class="bio">Gardens.\nEngines.</p>' in html
    assert f'<h3><a href="/topics/{TOPIC_ID}">Tea</a></h3>' in html
    assert f'<h3><a href="/messages/{message_id(3)}">Tea</a></h3>' in html
    assert "All topics by" not in html
    assert "<form" not in html.partition("</header>")[2].partition("</main>")[0]


async def test_the_address_to_remember_has_the_username_as_it_was_chosen() -> None:
    for suffix in ("", "/topics", "/messages"):
        html = await shown(people(), f"/users/Ada{suffix}")
        assert f'<link rel="canonical" href="http://localhost/users/ada{suffix}">' in html


async def test_who_wrote_nothing_has_a_profile_too() -> None:
    api = people(**{"GET /api/topics": listed(), "GET /api/messages": listed()})
    html = await shown(api, "/users/ada")
    assert "Ada has started no topic yet" in html
    assert "Ada has written no message yet" in html


SUFFIXES = pytest.mark.parametrize("suffix", ["", "/topics", "/messages"])


@SUFFIXES
async def test_nobody_is_not_found(suffix: str) -> None:
    api = people(**{ADA_PATH: 404})
    assert "There is nothing here" in await shown(api, f"/users/ada{suffix}", 404)


@SUFFIXES
@pytest.mark.parametrize("name", ["me", "a%3Fb=c", "%C3%A9%C3%A9%C3%A9", "a" * 31])
async def test_what_cannot_be_a_username_is_not_asked_for(name: str, suffix: str) -> None:
    api = people(**{"GET /api/users/me": user()})
    await shown(api, f"/users/{name}{suffix}", 404)
    assert api.asked == []


@pytest.mark.parametrize(
    ("tab", "asked", "link"),
    [
        ("topics", "GET /api/topics?author=ada&sort=new&limit=20", f"/topics/{TOPIC_ID}"),
        ("messages", "GET /api/messages?author=ada&limit=20", f"/messages/{message_id(3)}"),
    ],
)
async def test_a_history_has_pages(tab: str, asked: str, link: str) -> None:
    api = people()
    api.answers[asked.partition("?")[0]]["next"] = "more"
    html = await shown(api, f"/users/ada/{tab}")
    assert asked in api.targets
    assert f'<a href="{link}">Tea</a>' in html
    assert f'rel="next" href="/users/ada/{tab}?cursor=more"' in html
    await shown(api, f"/users/ada/{tab}?cursor=more")
    assert f"{asked}&cursor=more" in api.targets
    assert f'<a href="/users/ada/{tab}">All {tab} by Ada</a>' in await shown(api, "/users/ada")


@pytest.mark.parametrize("path", ["/users", "/users/ada", "/users/ada/topics", "/users/ada/messages"])
@pytest.mark.parametrize("text", HOSTILE)
async def test_what_people_wrote_of_themselves_is_shown_as_text(path: str, text: str) -> None:
    def api(words: str) -> Made:
        hostile = user(display_name=words, bio=words)
        return people(hostile, **{ADA_PATH: hostile, "GET /api/topics": listed(topic(by=words))})

    html, plain = await shown(api(text), path), await shown(api("plain"), path)
    assert html.count("<") == plain.count("<")
    assert html.count('"') == plain.count('"')
    assert "49" not in html


@pytest.mark.parametrize(
    ("role", "state", "theirs", "forms"),
    [
        ("member", None, "member", []),
        ("moderator", "active", "member", ["Suspend"]),
        ("moderator", "suspended", "member", ["Let back in"]),
        ("moderator", "active", "admin", []),
        ("admin", "active", "moderator", ["Suspend", "Change role"]),
        ("admin", "active", "admin", ["Change role"]),
    ],
)
async def test_who_may_do_what_on_a_profile(
    role: str, state: str | None, theirs: str, forms: list[str]
) -> None:
    api = people(**{ADA_PATH: user(role=theirs) | ({"state": state} if state else {})})
    async with logged_in(api, username="grace", role=role) as visitor:
        html = (await visitor.get("/users/ada")).text
    assert [
        words for words in ("Suspend", "Let back in", "Change role") if f">{words}</button>" in html
    ] == forms
    assert (">Suspended<" in html) == (state == "suspended")
    token = [request.headers.get("authorization") for request in api.asked if "/users/" in request.url.path]
    assert token == [None if role == "member" else "Bearer access.1"]


@pytest.mark.parametrize(
    ("field", "value", "notice"),
    [
        ("state", "suspended", "This account is suspended"),
        ("state", "active", "active again"),
        ("role", "moderator", "The new role is given"),
    ],
)
async def test_a_moderator_changes_an_account(field: str, value: str, notice: str) -> None:
    api = people(**{ADA_PATH: user(state="active"), "PATCH /api/users/ada": user(state="active")})
    async with logged_in(api, username="grace", role="admin") as visitor:
        answer = await sends(visitor, "/users/ada", to=f"/users/ada/{field}", **{field: value})
        assert (answer.status_code, answer.headers["location"]) == (303, "/users/ada")
        (change,) = [request for request in api.asked if request.method == "PATCH"]
        assert orjson.loads(change.content) == {field: value}
        assert change.headers["authorization"] == "Bearer access.1"
        assert notice in (await visitor.get("/users/ada")).text


LAST = "The last administrator stays one"
SAFE = "Nobody suspends an administrator"


def refused(status: int, detail: str) -> httpx.Response:
    code = "unauthorized" if status == 401 else "forbidden"
    return httpx.Response(status, json={"status": status, "code": code, "detail": detail})


@pytest.mark.parametrize(
    ("refusal", "status", "words"),
    [
        (refused(403, LAST), 403, f"{LAST}. Nothing was changed."),
        (refused(403, SAFE), 403, f"{SAFE}. Nothing was changed."),
        (refused(401, "x"), 401, 'You have been logged out. <a href="/login?next=/users/ada">'),
        (httpx.ConnectError("refused"), 503, "so nothing was changed"),
    ],
)
async def test_a_refusal_is_told_on_the_profile(refusal: Any, status: int, words: str) -> None:
    api = people(**{ADA_PATH: user(state="active"), "PATCH /api/users/ada": refusal})
    async with logged_in(api, username="grace", role="admin") as visitor:
        answer = await sends(visitor, "/users/ada", to="/users/ada/role", role="member")
    assert answer.status_code == status
    assert words in answer.text.split('role="alert">')[1]
    assert "<h1>Ada</h1>" in answer.text


async def test_a_form_of_another_site_changes_nothing() -> None:
    api = people(**{"PATCH /api/users/ada": user()})
    async with logged_in(api, username="grace", role="admin") as visitor:
        answer = await visitor.post("/users/ada/state", data={"csrf": "x", "state": "suspended"})
    assert answer.status_code == 403
    assert api.asked == []
