"""Whatever keeps a text from being posted, the person gets it back and hears what to do next."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
import pytest
from forms import Form, editor, opened
from front_end import ADA, TOPIC_ID, Made, forum, logged_in, message, message_id, problem, session, topic

TOPIC, MESSAGE = f"/topics/{TOPIC_ID}", f"/messages/{message_id(2)}"


@dataclass(frozen=True)
class Place:
    """Where people write: the form's page and the call of the API that it leads to."""

    path: str
    call: str
    part: str

    @asynccontextmanager
    async def writing(self, **user: Any) -> AsyncIterator[tuple[Made, httpx.AsyncClient, Form]]:
        """Somebody with the form open."""
        known = {
            f"GET /api{MESSAGE}": tagged(message(2, author=ADA)),
            f"GET /api{TOPIC}": tagged(topic()),
            "POST /api/sessions/refresh": session(**user),
            self.call: tagged(topic() | message(3)),
        }
        api = forum(topic(), **known)
        async with logged_in(api, **user) as visitor:
            yield api, visitor, await opened(visitor, self.path)

    def sent_to(self, api: Made) -> list[str]:
        """The texts that the API was given."""
        calls = [request for request in api.asked if f"{request.method} {request.url.path}" == self.call]
        return [json.loads(request.content)["body"] for request in calls]


def tagged(thing: dict[str, Any]) -> httpx.Response:
    """The API's answer with a version of the thing."""
    return httpx.Response(200, json=thing, headers={"ETag": '"1-0a"'})


PLACES = {
    "a topic": Place("/topics/new?tags=tea", "POST /api/topics", "topics"),
    "a reply": Place(f"{TOPIC}/reply?to={message_id(2)}", f"POST /api{TOPIC}/messages", "messages"),
    "an edited topic": Place(f"{TOPIC}/edit", f"PATCH /api{TOPIC}", "topics"),
    "an edited message": Place(f"{MESSAGE}/edit", f"PATCH /api{MESSAGE}", "messages"),
}
EVERYWHERE = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
TEXT = "\n\nBlack\n  or </textarea><script>alert(1)</script> &amp; green?\n"
SUMMARY = re.compile(r'<p class="wrong" role="alert">(.*?)</p>', re.DOTALL)


@EVERYWHERE
@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (problem(401, "unauthorized"), 401, "Log in on another tab"),
        (problem(403, "suspended"), 403, "What you wrote is below, to be copied"),
        (problem(403, "forbidden"), 403, "theirs to change"),
        (problem(409, "topic_locked"), 409, "was locked meanwhile"),
        (problem(413, "too_large"), 413, "This text is too long"),
        (problem(422, "invalid", "body"), 422, "look at what is marked below"),
        (problem(429, "too_many_requests"), 429, "No."),
        (httpx.Response(503), 503, "cannot be reached right now"),
        (httpx.Response(500, text="<html>"), 503, "cannot be reached right now"),
        (httpx.ReadTimeout("3 s"), 503, "send it again in a moment"),
    ],
)
async def test_a_refused_text_comes_back(place: Place, answer: Any, status: int, words: str) -> None:
    async with place.writing() as (api, visitor, form):
        api.answers[place.call] = answer
        api.answers["POST /api/sessions/refresh"] = problem(401, "bad_refresh_token")
        page = await form.sent(visitor, body=TEXT)
    assert page.status_code == status
    assert editor(page.text).fields == form.fields | {"body": TEXT}
    summary = SUMMARY.findall(page.text)
    assert len(summary) == 1
    assert words in summary[0]
    assert "<script>alert" not in page.text


@EVERYWHERE
async def test_what_cannot_be_reached_is_named(place: Place) -> None:
    async with place.writing() as (api, visitor, form):
        for path in api.answers:
            api.answers[path] = httpx.ConnectError("refused")
        page = await form.sent(visitor, body=TEXT)
    assert page.status_code == 503
    assert f"{place.part.title()} cannot be reached" in page.text
    assert editor(page.text).fields["body"] == TEXT


@EVERYWHERE
async def test_a_session_that_cannot_be_renewed_keeps_the_text(place: Place) -> None:
    async with place.writing(expires_in=0) as (api, visitor, form):
        api.answers["POST /api/sessions/refresh"] = httpx.ConnectError("refused")
        page = await form.sent(visitor, body=TEXT)
    assert page.status_code == 503
    assert "Accounts cannot be reached" in page.text
    assert editor(page.text).fields["body"] == TEXT
    assert place.sent_to(api) == []


@EVERYWHERE
async def test_after_the_session_ended_one_logs_in_elsewhere_and_sends_it_again(place: Place) -> None:
    async with place.writing() as (api, visitor, form):
        posted, api.answers[place.call] = api.answers[place.call], problem(401, "unauthorized")
        api.answers["POST /api/sessions/refresh"] = problem(401, "bad_refresh_token")
        page = await form.sent(visitor, body=TEXT)
        link = re.search(r'<a href="(/login[^"]*)" target="_blank">', page.text)
        assert link is not None
        assert unescape(link[1]) == f"/login?next={form.action}"
        api.answers[place.call] = posted
        csrf = editor(page.text).fields["csrf"]
        given = {"csrf": csrf, "username": "ada", "password": "correct horse battery"}
        assert (await visitor.post("/login", data=given)).status_code == 303
        answer = await editor(page.text).sent(visitor)
    assert answer.status_code == 303
    assert place.sent_to(api)[-1] == TEXT


@EVERYWHERE
async def test_a_text_about_what_is_gone_can_be_copied(place: Place) -> None:
    async with place.writing() as (api, visitor, form):
        api.answers[place.call] = problem(404, "topic_not_found")
        page = await form.sent(visitor, body=TEXT)
    assert page.status_code == 404
    assert copied(page.text) == TEXT


@EVERYWHERE
async def test_a_form_that_does_not_match_the_browser_can_be_copied(place: Place) -> None:
    async with place.writing() as (api, visitor, form):
        visitor.cookies.delete("csrf")
        page = await form.sent(visitor, body=TEXT)
    assert page.status_code == 403
    assert copied(page.text) == TEXT
    assert place.sent_to(api) == []


def copied(html: str) -> str:
    """What the page offers to be copied."""
    (text,) = re.findall(r'<textarea id="body" [^>]*readonly>\n(.*?)</textarea>', html, re.DOTALL)
    return unescape(text)


@EVERYWHERE
@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "\n",
        " ",
        "a" + "\n" * 50 + "b",
        "</textarea>",
        "&lt;&amp;lt; &#10;",
        "{{ 7 * 7 }}{% raw %}",
        "%0A+%2B",
        "\u202e\ufeff\U0001f33f\u2028 \x0b\x85",
        "\U0001f33f" * 32_000,
    ],
    ids=range(10),
)
async def test_a_text_reaches_the_api_and_comes_back_as_it_was_typed(place: Place, text: str) -> None:
    async with place.writing() as (api, visitor, form):
        previewed = editor((await form.sent(visitor, body=text, preview="1")).text)
        assert previewed.fields["body"] == text
        assert (await previewed.sent(visitor)).status_code == 303
    assert place.sent_to(api) == [text]


@EVERYWHERE
async def test_what_cannot_be_stored_is_marked(place: Place) -> None:
    wrong = {"status": 422, "code": "invalid", "detail": "", "title": ""}
    errors = [{"field": "body", "message": "Value error, must not contain the character NUL"}]
    async with place.writing() as (api, visitor, form):
        api.answers[place.call] = httpx.Response(422, json=wrong | {"errors": errors})
        page = await form.sent(visitor, body="Bl\0ack")
    assert place.sent_to(api) == ["Bl\0ack"]
    assert 'aria-invalid="true" aria-describedby="body-hint body-wrong"' in page.text
    assert '<p class="bad" id="body-wrong">A character in it cannot be stored' in page.text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("title", "", "A title has 1 to 200 characters."),
        ("body", "", "Please write something."),
        ("body", "x" * 33_120, "A text has at most 32,000 characters; this one has 33,120."),
        ("tags", "t_t", "At most five tags, each of at most 30 letters a to z, digits and hyphens."),
    ],
)
async def test_a_field_that_is_wrong_says_so_beside_it(field: str, typed: str, words: str) -> None:
    place = PLACES["a topic"]
    async with place.writing() as (api, visitor, form):
        api.answers[place.call] = problem(422, "invalid", f"{field}.0" if field == "tags" else field)
        page = await form.sent(visitor, **{"title": "Tea", "body": "Black", field: typed})
    assert re.findall('<p class="bad" id="(.*?)-wrong">(.*?)</p>', page.text) == [(field, words)]
    assert page.text.count("aria-invalid") == 1


async def test_a_text_that_no_form_takes_stays_in_the_form_before() -> None:
    async with PLACES["a topic"].writing() as (_, visitor, form):
        page = await form.sent(visitor, body="x" * 600_000)
    assert page.status_code == 413
    assert "Go back: what you wrote still stands in the form" in page.text
