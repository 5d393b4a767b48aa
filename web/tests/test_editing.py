"""Editing topics and messages, also when two do it at once."""

import json
from typing import Any

import httpx
import pytest
from forms import Form, editor, opened
from front_end import ADA, BOB, TOPIC_ID, Made, logged_in, message, message_id, problem, topic

MESSAGE = f"/messages/{message_id(41)}"
TOPIC = f"/topics/{TOPIC_ID}"
FIRST, SECOND = '"1-0a"', '"2-0b"'
OTHERS = pytest.mark.parametrize(
    ("path", "role", "may"),
    [
        (f"{TOPIC}/edit", "member", False),
        (f"{MESSAGE}/edit", "member", False),
        (f"{TOPIC}/edit", "moderator", True),
        (f"{TOPIC}/edit", "admin", True),
        (f"{MESSAGE}/edit", "moderator", False),
        (f"{TOPIC}/delete", "member", False),
        (f"{MESSAGE}/delete", "member", False),
        (f"{TOPIC}/delete", "moderator", True),
        (f"{MESSAGE}/delete", "admin", True),
    ],
)


def tagged(thing: dict[str, Any], tag: str = FIRST) -> httpx.Response:
    """The API's answer with this version of the thing."""
    return httpx.Response(200, json=thing, headers={"ETag": tag})


def own(**answers: Any) -> Made:
    """An API with a topic and a message of who is logged in."""
    mine = {"author": ADA}
    return Made(
        {
            f"GET /api{TOPIC}": tagged(topic(tags=["tea", "kitchen"])),
            f"GET /api{MESSAGE}": tagged(message(41, **mine)),
            f"PATCH /api{TOPIC}": tagged(topic(), SECOND),
            f"PATCH /api{MESSAGE}": tagged(message(41, **mine), SECOND),
        }
        | answers
    )


async def test_a_topic_is_edited_as_it_is() -> None:
    api = own()
    async with logged_in(api) as visitor:
        form = await opened(visitor, f"{TOPIC}/edit")
        shown = {"title": "Tea", "body": "Green or *black*?", "tags": "tea kitchen"}
        assert shown.items() <= form.fields.items()
        answer = await form.sent(visitor, title="Teas")
    assert (answer.status_code, answer.headers["location"]) == (303, TOPIC)
    request = api.asked[-1]
    assert json.loads(request.content) == shown | {"title": "Teas", "tags": ["tea", "kitchen"]}
    assert request.headers["if-match"] == FIRST


async def test_a_message_is_edited_and_shown_in_its_place() -> None:
    api = own()
    async with logged_in(api) as visitor:
        form = await opened(visitor, f"{MESSAGE}/edit")
        assert (form.fields["body"], form.draft) == ("Text 41", f"edit:{message_id(41)}")
        answer = await form.sent(visitor, body="Better")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{TOPIC}?page=3#m41")
        assert 'data-notice="saved"' in (await visitor.get("/topics/new")).text
    (request,) = [request for request in api.asked if request.method == "PATCH"]
    assert json.loads(request.content) == {"body": "Better"}
    assert request.headers["if-match"] == FIRST


async def conflict(visitor: httpx.AsyncClient, api: Made, form: Form, **filled: str) -> httpx.Response:
    """Sends the form when somebody else has saved a change in between."""
    changed = topic(title="Coffee", body="\n</pre><b>Filter</b>", tags=["beans"])
    api.answers |= {f"PATCH /api{TOPIC}": problem(412, "precondition_failed")}
    api.answers |= {f"GET /api{TOPIC}": tagged(changed, SECOND)}
    return await form.sent(visitor, **filled)


async def test_who_comes_second_sees_what_the_first_wrote_and_decides() -> None:
    api = own()
    async with logged_in(api) as visitor:
        page = await conflict(visitor, api, await opened(visitor, f"{TOPIC}/edit"), body="Mine")
        assert page.status_code == 412
        assert "Somebody changed this while you were writing" in page.text
        assert "<b>Coffee</b>" in page.text
        assert '<a class="tag" href="/tags/beans">' in page.text
        assert "<pre>\n\n&lt;/pre&gt;&lt;b&gt;Filter&lt;/b&gt;</pre>" in page.text
        again = editor(page.text)
        assert (again.fields["title"], again.fields["body"]) == ("Tea", "Mine")
        api.answers[f"PATCH /api{TOPIC}"] = tagged(topic())
        assert (await again.sent(visitor)).status_code == 303
    assert api.asked[-1].headers["if-match"] == SECOND
    assert json.loads(api.asked[-1].content)["body"] == "Mine"


async def test_a_double_click_is_no_conflict() -> None:
    """The second comes with an old version, and finds everything as it wants it."""
    api = own()
    async with logged_in(api) as visitor:
        form = await opened(visitor, f"{TOPIC}/edit")
        said = {"title": "Coffee", "body": "\n</pre><b>Filter</b>", "tags": "beans"}
        answer = await conflict(visitor, api, form, **said)
        assert (answer.status_code, answer.headers["location"]) == (303, TOPIC)


@pytest.mark.parametrize("version", ["", "*", "x", '"1-0a", "2-0b"', '"1-0a"\nX: y', "\u2028", '"9"'])
async def test_a_version_that_no_form_of_ours_has_matches_nothing(version: str) -> None:
    api = own(**{f"PATCH /api{MESSAGE}": problem(412, "precondition_failed")})
    async with logged_in(api) as visitor:
        form = await opened(visitor, f"{MESSAGE}/edit")
        page = await form.sent(visitor, body="Mine", version=version)
    (request,) = [request for request in api.asked if request.method == "PATCH"]
    assert request.headers["if-match"] == '""'
    assert (page.status_code, editor(page.text).fields["version"]) == (412, FIRST)


async def test_a_conflict_with_what_cannot_be_read_keeps_the_text() -> None:
    api = own()
    async with logged_in(api) as visitor:
        form = await opened(visitor, f"{TOPIC}/edit")
        api.answers |= {f"PATCH /api{TOPIC}": problem(412, "precondition_failed")}
        api.answers |= {f"GET /api{TOPIC}": httpx.ConnectError("refused")}
        page = await form.sent(visitor, body="Mine")
    assert (page.status_code, editor(page.text).fields["body"]) == (503, "Mine")
    assert "Topics cannot be reached right now" in page.text


@OTHERS
async def test_who_may_change_what_others_wrote(path: str, role: str, may: bool) -> None:
    api = Made(
        {
            f"GET /api{TOPIC}": tagged(topic(author=BOB)),
            f"GET /api{MESSAGE}": tagged(message(41, author=BOB)),
        }
    )
    async with logged_in(api, role=role) as visitor:
        page = await visitor.get(path)
    assert page.status_code == (200 if may else 403)
    assert ('method="post"' in page.text.partition("<main")[2]) == may
    if not may:
        assert "it is theirs to change" in page.text


@pytest.mark.parametrize("path", [f"{TOPIC}/edit", f"{MESSAGE}/edit", f"{TOPIC}/delete", f"{MESSAGE}/delete"])
async def test_who_is_not_logged_in_logs_in_first(path: str) -> None:
    async with logged_in(own()) as visitor:
        visitor.cookies.delete("session")
        answer = await visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
