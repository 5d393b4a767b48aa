"""Deleting, pinning and locking, and who is offered what."""

import json

import pytest
from front_end import (
    ADA,
    BOB,
    TOPIC_ID,
    forum,
    listed,
    logged_in,
    message,
    message_id,
    problem,
    sends,
    topic,
    visited,
)

TOPIC, MESSAGE = f"/topics/{TOPIC_ID}", f"/messages/{message_id(4)}"
ACTION = {
    "reply": f'"{TOPIC}/reply?to={message_id(4)}"',
    "quote": f'"{TOPIC}/reply?quote=1"',
    "edit topic": f'"{TOPIC}/edit"',
    "delete topic": f'"{TOPIC}/delete"',
    "moderate": f'"{TOPIC}/moderate"',
    "edit message": f'"{MESSAGE}/edit"',
    "delete message": f'"{MESSAGE}/delete"',
}
WRITING = {"reply", "quote"}
OWN = {"edit topic", "delete topic", "edit message", "delete message"}
MODERATING = {"edit topic", "delete topic", "moderate", "delete message"}


@pytest.mark.parametrize(
    ("role", "mine", "locked", "offered"),
    [
        ("member", False, False, WRITING),
        ("member", True, False, WRITING | OWN),
        ("member", True, True, OWN),
        ("moderator", False, False, WRITING | MODERATING),
        ("admin", True, True, OWN | MODERATING),
    ],
)
async def test_each_is_offered_what_they_may_do(
    role: str, mine: bool, locked: bool, offered: set[str]
) -> None:
    author = ADA if mine else BOB
    messages = listed(message(4, author=author), last_number=4)
    api = forum(topic(author=author, locked=locked), **{f"GET /api{TOPIC}/messages": messages})
    async with logged_in(api, role=role) as visitor:
        html = (await visitor.get(TOPIC)).text
    assert {name for name, link in ACTION.items() if link in html} == offered


async def test_a_reader_is_offered_nothing_but_to_log_in() -> None:
    api = forum(topic(), **{f"GET /api{TOPIC}/messages": listed(message(4), last_number=4)})
    async with visited(api) as visitor:
        html = (await visitor.get(TOPIC)).text
    assert not [name for name, link in ACTION.items() if link in html]
    assert f'<a class="button" href="/login?next={TOPIC}">' in html


async def test_before_a_topic_is_deleted_one_is_asked() -> None:
    api = forum(topic(title="<Tea>", message_count=12), **{f"DELETE /api{TOPIC}": {}})
    async with logged_in(api) as visitor:
        page = await visitor.get(f"{TOPIC}/delete")
        assert "Delete this topic?" in page.text
        assert "&lt;Tea&gt;" in page.text
        assert "Green or black" in page.text
        assert "Its 12 messages will be gone too." in page.text
        assert [request.method for request in api.asked] == ["GET"]
        answer = await sends(visitor, f"{TOPIC}/delete")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert api.targets[-1] == f"DELETE /api{TOPIC}"
        assert 'data-notice="deleted"' in (await visitor.get("/")).text


async def test_after_a_message_is_deleted_its_page_is_shown() -> None:
    api = forum(**{f"GET /api{MESSAGE}": message(4, author=ADA), f"DELETE /api{MESSAGE}": {}})
    async with logged_in(api) as visitor:
        page = await visitor.get(f"{MESSAGE}/delete")
        assert "Delete this message?" in page.text
        assert "Text 4" in page.text
        assert f'<a href="{TOPIC}#m4">Keep it</a>' in page.text
        answer = await sends(visitor, f"{MESSAGE}/delete")
    assert (answer.status_code, answer.headers["location"]) == (303, TOPIC)


async def test_deleting_twice_is_deleting() -> None:
    api = forum(topic(), **{f"DELETE /api{TOPIC}": problem(404, "topic_not_found")})
    async with logged_in(api) as visitor:
        answer = await sends(visitor, f"{TOPIC}/delete")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("after", ["https://example.org/", "//example.org", "/\\example.org", "javascript:x"])
async def test_deleting_leads_to_no_other_site(after: str) -> None:
    async with logged_in(forum(topic(), **{f"DELETE /api{TOPIC}": {}})) as visitor:
        answer = await sends(visitor, f"{TOPIC}/delete", after=after)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("action", ["delete", "moderate"])
@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "unauthorized", '<a href="/login">Log in</a> and try again'),
        (403, "forbidden", "That is not possible"),
        (403, "suspended", "That is not possible"),
        (429, "too_many_requests", "That did not work"),
    ],
)
async def test_what_is_refused_is_explained(action: str, status: int, code: str, words: str) -> None:
    method = "DELETE" if action == "delete" else "PATCH"
    api = forum(topic(), **{f"{method} /api{TOPIC}": problem(status, code)})
    async with logged_in(api) as visitor:
        api.answers["POST /api/sessions/refresh"] = problem(401, "bad_refresh_token")
        page = await sends(visitor, f"{TOPIC}/delete", to=f"{TOPIC}/{action}", pinned="1")
    assert page.status_code == status
    assert words in page.text


@pytest.mark.parametrize(
    ("field", "value", "change", "notice"),
    [
        ("pinned", "1", {"pinned": True}, "pinned"),
        ("pinned", "", {"pinned": False}, "unpinned"),
        ("locked", "1", {"locked": True}, "locked"),
        ("locked", "", {"locked": False}, "unlocked"),
    ],
)
async def test_moderators_pin_and_lock(field: str, value: str, change: dict[str, bool], notice: str) -> None:
    api = forum(topic(**{field: not value}), **{f"PATCH /api{TOPIC}": topic()})
    async with logged_in(api, role="moderator") as visitor:
        assert f'name="{field}" value="{value}"' in (await visitor.get(TOPIC)).text
        answer = await sends(visitor, TOPIC, to=f"{TOPIC}/moderate", **{field: value})
        assert (answer.status_code, answer.headers["location"]) == (303, TOPIC)
        assert json.loads(api.asked[-1].content) == change
        assert f'data-notice="{notice}"' in (await visitor.get(TOPIC)).text
