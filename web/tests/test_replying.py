"""Replying in a topic, and quoting."""

import json
from typing import Any

import pytest
from forms import editor, opened
from front_end import ADA, BOB, TOPIC_ID, Made, forum, logged_in, message, message_id, problem, topic

from chassis.markdown import render
from web.writing import quoted

PATH = f"/topics/{TOPIC_ID}"
REPLY = f"{PATH}/reply"
POST = f"POST /api{PATH}/messages"


def talk(*messages: dict[str, Any], **answers: Any) -> Made:
    """An API with a topic and these messages."""
    return forum(topic(), **{f"GET /api/messages/{m['id']}": m for m in messages}, **answers)


@pytest.mark.parametrize(("number", "place"), [(1, "#m1"), (20, "#m20"), (41, "?page=3#m41")])
async def test_a_reply_is_posted_and_shown_in_its_place(number: int, place: str) -> None:
    api = talk(**{POST: message(number)})
    async with logged_in(api) as visitor:
        form = await opened(visitor, PATH)
        api.asked.clear()
        answer = await form.sent(visitor, body="Black")
        assert (answer.status_code, answer.headers["location"]) == (303, PATH + place)
        (request,) = api.asked
        assert json.loads(request.content) == {"body": "Black", "reply_to": None}
        page = await visitor.get(PATH)
    assert 'data-notice="posted"' in page.text


async def test_the_form_below_a_topic_is_that_of_its_own_page() -> None:
    async with logged_in(talk()) as visitor:
        below, alone = await opened(visitor, PATH), await opened(visitor, REPLY)
    assert below.action == alone.action == REPLY
    assert below.draft == alone.draft == f"reply:{TOPIC_ID}"
    assert below.fields.keys() == alone.fields.keys() == {"csrf", "key", "reply_to", "body"}


async def test_what_is_answered_stands_above_and_is_named() -> None:
    api = talk(message(7), **{POST: message(8)})
    async with logged_in(api) as visitor:
        page = await visitor.get(f"{REPLY}?to={message_id(7)}")
        form = editor(page.text)
        assert page.text.index("<p>Text 7</p>") < page.text.index("<textarea")
        assert form.fields["body"] == ""
        await form.sent(visitor, body="Black")
    assert json.loads(api.asked[-1].content) == {"body": "Black", "reply_to": message_id(7)}


async def test_quoting_fills_in_what_was_written() -> None:
    async with logged_in(talk(message(7, body="*One*\n\n> two\nthree\n"))) as visitor:
        form = await opened(visitor, f"{REPLY}?to={message_id(7)}&quote=1")
        assert form.fields["body"] == "Bob Beech wrote:\n> *One*\n>\n> > two\n> three\n\n"
        assert form.fields["reply_to"] == message_id(7)
        form = await opened(visitor, f"{REPLY}?quote=1")
        assert form.fields["body"] == "Ada wrote:\n> Green or *black*?\n\n"
        assert form.fields["reply_to"] == ""


@pytest.mark.parametrize("name", ["A_da_", "*Ada*", "[Ada](http://x)", "<b>", "`", "# Ada", "A\nB", "&amp;"])
def test_a_name_is_quoted_as_text(name: str) -> None:
    html = render(quoted({"author": ADA | {"display_name": name}, "body": "Tea"}))
    assert html == (f"<p>{render_text(name)} wrote:</p>\n<blockquote>\n<p>Tea</p>\n</blockquote>\n")


def render_text(name: str) -> str:
    """As a paragraph has it."""
    return name.replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_of_a_quoted_text_is_quoted(end: str) -> None:
    text = quoted({"author": BOB, "body": end.join(["", "one", "", "two\x0bthree", ""])})
    assert text == "Bob Beech wrote:\n> one\n>\n> two\x0bthree\n\n"


async def test_what_is_answered_may_be_gone_meanwhile() -> None:
    """The text stays, and the next time it is posted to the topic."""
    api = talk(message(7), **{POST: problem(422, "invalid", "reply_to")})
    async with logged_in(api) as visitor:
        form = await opened(visitor, f"{REPLY}?to={message_id(7)}")
        page = await form.sent(visitor, body="Black")
        assert page.status_code == 422
        assert "was deleted meanwhile" in page.text
        again = editor(page.text)
        assert (again.fields["body"], again.fields["reply_to"]) == ("Black", "")
        api.answers[POST] = message(8)
        assert (await again.sent(visitor)).status_code == 303
    assert json.loads(api.asked[-1].content)["reply_to"] is None


async def test_a_preview_of_a_reply_keeps_what_it_answers() -> None:
    api = talk(message(7))
    async with logged_in(api) as visitor:
        form = await opened(visitor, f"{REPLY}?to={message_id(7)}")
        page = await form.sent(visitor, body="*Black*", preview="1")
    assert "<p><em>Black</em></p>" in page.text
    assert "<p>Text 7</p>" in page.text
    assert editor(page.text).fields == form.fields | {"body": "*Black*"}
    assert all(request.method == "GET" for request in api.asked)


async def test_a_locked_topic_has_no_form() -> None:
    async with logged_in(forum(topic(locked=True))) as visitor:
        answer = await visitor.get(REPLY)
        assert (answer.status_code, answer.headers["location"]) == (303, PATH)
        assert "<textarea" not in (await visitor.get(PATH)).text


async def test_a_message_that_is_gone_cannot_be_answered() -> None:
    async with logged_in(talk()) as visitor:
        assert (await visitor.get(f"{REPLY}?to={message_id(7)}")).status_code == 404
