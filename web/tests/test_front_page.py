"""The front page shows what is being talked about, whatever people wrote and whatever the API answers."""

import httpx
import pytest
from front_end import front_page, page_of, topic, visited

from chassis.answers import encode
from web.settings import Settings

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</a></li></ol><iframe src=//x>",
    "{{ 7 * 7 }}",
]


async def test_topics_are_listed_in_the_order_of_the_api() -> None:
    html = await front_page(page_of(topic(title="Tea"), topic(title="Trees & 🌿", by="Bob Beech")))
    assert html.index("Tea") < html.index("Trees &amp; 🌿") < html.index("Bob Beech")
    assert '<a href="/api/topics/01890000-0000-7000-8000-000000000001">Tea</a>' in html
    assert '<time datetime="2020-01-02T03:04:05.000006Z">2020-01-02</time>' in html


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_people_wrote_is_shown_as_text(text: str) -> None:
    html = await front_page(page_of(topic(title=text, by=text)))
    plain = await front_page(page_of(topic(title="plain", by="plain")))
    assert html.count("<") == plain.count("<")
    assert html.count('"') == plain.count('"')
    assert html.count("'") == plain.count("'")
    assert "49" not in html


@pytest.mark.parametrize(
    ("differently", "words"),
    [
        ({"message_count": 0}, "0 messages"),
        ({"message_count": 1}, "1 message ·"),
        ({"pinned": True}, "· pinned"),
        ({"locked": True}, "· locked"),
    ],
)
async def test_a_topic_says_how_it_is(differently: dict[str, object], words: str) -> None:
    assert words in await front_page(page_of(topic(**differently)))
    assert words not in await front_page(page_of(topic()))


async def test_an_empty_forum_invites_to_start() -> None:
    html = await front_page(page_of())
    assert "Nobody has started a topic yet" in html
    assert "cannot be shown" not in html


def nobody_answers(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


def too_late(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("3 s")


@pytest.mark.parametrize(
    "answer",
    [
        nobody_answers,
        too_late,
        lambda _: httpx.Response(503, json={"code": "unavailable"}),
        lambda _: httpx.Response(200, text="<html>a proxy's"),
        lambda _: httpx.Response(200, json={"code": "no page"}),
        lambda _: httpx.Response(200, json=["no page"]),
        lambda _: httpx.Response(302, headers={"Location": "/"}),
    ],
)
async def test_the_page_says_when_topics_are_not_available(answer) -> None:  # type: ignore[no-untyped-def]
    html = await front_page(answer)
    assert "Topics cannot be shown right now" in html
    assert "Nobody has started" not in html


async def test_the_api_is_asked_for_one_page_of_topics_and_nothing_else() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.raw_path.decode()}")
        return httpx.Response(200, content=encode({"items": [], "next": None}))

    await front_page(answer)
    assert asked == ["GET /api/topics?limit=20"]


async def test_head_answers_without_a_body() -> None:
    async with visited(page_of()) as visitor:
        answer = await visitor.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_api_is_where_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "http://router:8080")
    assert Settings().api_url == "http://router:8080"
