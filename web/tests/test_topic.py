"""A topic and its messages, page by page."""

from typing import Any

import httpx
import pytest
from front_end import TOPIC_ID, Made, forum, listed, message, message_id, shown, topic, visited

MESSAGES = f"GET /api/topics/{TOPIC_ID}/messages"
PATH = f"/topics/{TOPIC_ID}"


def talk(last: int, *shown_now: dict[str, Any], **differently: Any) -> Made:
    """An API whose topic has messages up to number `last`."""
    return forum(topic(**differently), **{MESSAGES: listed(*shown_now, last_number=last)})


async def test_a_topic_is_shown_with_its_messages() -> None:
    api = talk(2, message(1), message(2, reply_to=message_id(1)))
    html = await shown(api, PATH)
    assert "<h1>Tea</h1>" in html
    assert "<p>Green or <em>black</em>?</p>" in html
    assert html.index("Text 1") < html.index("In reply to #1, Bob Beech</a>") < html.index("Text 2")
    assert sorted(api.targets) == [f"GET /api{PATH}", f"GET /api{PATH}/messages?after=0&limit=20"]


async def test_a_page_has_the_numbers_that_belong_to_it() -> None:
    """Deleted messages leave a page shorter: those after it stay where they were."""
    api = talk(50, *(message(number) for number in (21, 23, 39, 41, 42)))
    html = await shown(api, f"{PATH}?page=2")
    assert f"GET /api{PATH}/messages?after=20&limit=20" in api.targets
    assert [number for number in range(60) if f'id="m{number}"' in html] == [21, 23, 39]
    assert "Green or" not in html.split("</head>")[1]
    assert f'<link rel="canonical" href="http://localhost{PATH}?page=2">' in html


@pytest.mark.parametrize(
    ("last", "page", "pages"),
    [
        (0, 1, ""),
        (20, 1, ""),
        (21, 1, "1 2"),
        (200, 1, "1 2 … 10"),
        (200, 5, "1 … 4 5 6 … 10"),
        (200, 10, "1 … 9 10"),
    ],
)
async def test_the_pages_of_a_topic(last: int, page: int, pages: str) -> None:
    html = await shown(talk(last), f"{PATH}?page={page}")
    shown_pages = html.partition('<nav class="pages"')[2].partition("</nav>")[0]
    words = shown_pages.replace('<span class="hidden">Page </span>', "").split(">")
    found = [word.partition("<")[0] for word in words]
    assert " ".join(word for word in found if word.isdecimal() or word == "…") == pages


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "1e9", "99999999999999999999"])
async def test_a_page_that_is_not_there_is_404(page: str) -> None:
    assert "There is nothing here" in await shown(talk(20), f"{PATH}?page={page}", 404)


@pytest.mark.parametrize(
    ("number", "place"), [(1, "#m1"), (20, "#m20"), (21, "?page=2#m21"), (100, "?page=5#m100")]
)
async def test_a_message_has_a_place_for_ever(number: int, place: str) -> None:
    api = Made({f"GET /api/messages/{message_id(number)}": message(number)})
    async with visited(api) as visitor:
        answer = await visitor.get(f"/messages/{message_id(number)}")
    assert (answer.status_code, answer.headers["location"]) == (302, PATH + place)


async def test_what_a_message_answers_is_linked_wherever_it_is() -> None:
    html = await shown(talk(41, message(41, reply_to=message_id(3))), f"{PATH}?page=3")
    assert f'<a href="/messages/{message_id(3)}">In reply to an earlier message</a>' in html


async def test_a_card_is_a_message_alone() -> None:
    own, earlier = message(4, reply_to=message_id(3)), message(3)
    api = forum(topic(), **{f"GET /api/messages/{m['id']}": m for m in (own, earlier)})
    html = await shown(api, f"/messages/{own['id']}/card")
    assert html.strip().startswith('<article class="message" id="m4"')
    assert "In reply to #3, Bob Beech" in html
    del api.answers[f"GET /api/messages/{earlier['id']}"]
    assert "In reply to an earlier message" in await shown(api, f"/messages/{own['id']}/card")


@pytest.mark.parametrize("failure", [503, 500, httpx.ConnectError("refused"), httpx.ReadTimeout("3 s")])
async def test_without_messages_the_topic_is_there_and_says_so(failure: object) -> None:
    html = await shown(forum(topic(), **{MESSAGES: failure}), PATH)
    assert "Green or" in html
    assert "Messages cannot be shown right now" in html
    assert "Nobody has answered" not in html


@pytest.mark.parametrize(
    "failure", [503, httpx.Response(200, text="<html>a proxy's"), httpx.ConnectError("no")]
)
async def test_without_topics_the_page_asks_to_come_back(failure: object) -> None:
    for path in (PATH, "/", "/tags"):
        api = Made(
            {f"GET /api{part}": failure for part in (PATH, "/topics", "/tags")}
            | {MESSAGES: listed(last_number=0)}
        )
        async with visited(api) as visitor:
            answer = await visitor.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "Topics cannot be shown right now" in answer.text


async def test_a_topic_that_is_gone_is_404() -> None:
    assert "There is nothing here" in await shown(Made({}), PATH, 404)


async def test_a_locked_topic_says_that_it_takes_no_messages() -> None:
    assert "This topic is locked" in await shown(talk(0, locked=True), PATH)
    assert "Log in to reply" in await shown(talk(0), PATH)
