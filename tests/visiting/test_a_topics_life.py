"""A topic's life by plain forms, as a browser without JavaScript sends them to a forum that runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from forms import Form, editor, opened
from forum_client import PASSWORD, Forum, unique
from forum_client.waiting import ACROSS_SERVICES
from front_end import sends
from topics_alone import eventually

TEXT = "\nGreen *or* black?\n\n</textarea>\n"


@asynccontextmanager
async def browser(forum: Forum, **account: str) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor who registers, or logs in when a username is given."""
    path = "/login" if account else "/register"
    given = account or {"username": unique("ada"), "password": PASSWORD, "display_name": "Ada"}
    async with httpx.AsyncClient(base_url=forum.url, timeout=15, trust_env=False) as visitor:
        assert (await sends(visitor, path, **given)).status_code == 303
        yield visitor


async def starts(visitor: httpx.AsyncClient, **differently: str) -> str:
    """The path of a new topic."""
    form = await opened(visitor, "/topics/new")
    answer = await form.sent(visitor, **{"title": "Tea", "body": TEXT, "tags": "#Tea, kitchen"} | differently)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def replies(visitor: httpx.AsyncClient, topic: str, **filled: str) -> str:
    """The path of a new message, from the form below its topic."""
    answer = await (await opened(visitor, topic)).sent(visitor, **filled)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def read(forum: Forum, path: str) -> dict[str, Any]:
    """What the API has."""
    answer: dict[str, Any] = (await asyncio.to_thread(forum.get, f"/api{path}")).json()
    return answer


async def refused(visitor: httpx.AsyncClient, form: Form, status: int, words: str) -> None:
    """The form is refused so, once every service knows why; what was typed is on the page."""

    async def comes_back() -> None:
        page = await form.sent(visitor, key=unique("key"))
        assert page.status_code == status
        assert words in page.text
        assert form.fields["body"] in page.text

    await eventually(comes_back, ACROSS_SERVICES)


async def test_a_topic_is_started_answered_quoted_edited_and_deleted(forum: Forum) -> None:
    async with browser(forum) as ada, browser(forum) as bob:
        topic = await starts(ada)
        assert (await read(forum, topic))["body"] == TEXT
        assert (await read(forum, topic))["tags"] == ["tea", "kitchen"]

        assert await replies(bob, topic, body="Black\n") == f"{topic}#m1"
        (first,) = (await read(forum, f"{topic}/messages"))["items"]
        page = await ada.get(f"{topic}/reply?to={first['id']}&quote=1")
        assert (await editor(page.text).sent(ada)).headers["location"] == f"{topic}#m2"
        second = (await read(forum, f"{topic}/messages"))["items"][1]
        assert (second["body"], second["reply_to"]) == ("Ada wrote:\n> Black\n\n", first["id"])
        assert "In reply to #1, Ada</a>" in (await bob.get(topic)).text

        form = await opened(bob, f"/messages/{first['id']}/edit")
        assert (await form.sent(bob, body="White")).headers["location"] == f"{topic}#m1"
        form = await opened(ada, f"{topic}/edit")
        assert form.fields["body"] == TEXT
        assert (await form.sent(ada, title="Teas", tags="")).headers["location"] == topic
        page = await bob.get(topic)
        assert "<h1>Teas</h1>" in page.text
        assert "<p>White</p>" in page.text

        assert (await bob.get(f"{topic}/edit")).status_code == 403
        assert (await sends(bob, f"/messages/{first['id']}/delete")).headers["location"] == topic
        assert "<p>White</p>" not in (await ada.get(topic)).text
        assert (await sends(ada, f"{topic}/delete")).headers["location"] == "/"
        assert (await bob.get(topic)).status_code == 404


async def test_a_double_click_posts_once(forum: Forum) -> None:
    async with browser(forum) as ada:
        form = await opened(ada, "/topics/new")
        typed = {"title": "Tea", "body": TEXT, "tags": unique("t")}
        both = await asyncio.gather(form.sent(ada, **typed), form.sent(ada, **typed))
        assert len({answer.headers["location"] for answer in both}) == 1
        form = await opened(ada, both[0].headers["location"])
        places = [
            (await form.sent(ada, body=body)).headers["location"].partition("#")[2]
            for body in ("Black", "Black", "Green", "Black")
        ]
        assert places == ["m1", "m1", "m2", "m1"]
        form = await opened(ada, f"{both[0].headers['location']}/edit")
        answers = [await form.sent(ada, title="Teas") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]


async def test_of_two_tabs_that_edit_the_second_decides(forum: Forum) -> None:
    async with browser(forum) as ada:
        topic = await starts(ada)
        first, second = await opened(ada, f"{topic}/edit"), await opened(ada, f"{topic}/edit")
        assert (await first.sent(ada, body="*Green*")).status_code == 303
        page = await second.sent(ada, body="Black")
        assert page.status_code == 412
        assert "<pre>\n*Green*</pre>" in page.text
        assert (await read(forum, topic))["body"] == "*Green*"
        assert (await editor(page.text).sent(ada)).status_code == 303
        assert (await read(forum, topic))["body"] == "Black"


@pytest.mark.parametrize(
    "text", ["\n\n a \n", "</textarea><b>", "&amp;\u2028\u202e", "\U0001f33f" * 32_000], ids=range(4)
)
async def test_a_text_is_kept_as_it_was_typed(forum: Forum, text: str) -> None:
    async with browser(forum) as ada:
        topic = await starts(ada, body=text)
        assert (await read(forum, topic))["body"] == text
        await replies(ada, topic, body=text)
        (message,) = (await read(forum, f"{topic}/messages"))["items"]
        assert message["body"] == text
        for path in (f"{topic}/edit", f"/messages/{message['id']}/edit"):
            form = await opened(ada, path)
            assert form.fields["body"] == text
            assert (await form.sent(ada)).status_code == 303
        after = [await read(forum, path) for path in (topic, f"/messages/{message['id']}")]
        assert [(thing["body"], thing["edited_at"]) for thing in after] == [(text, None)] * 2


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"body": "x" * 32_001}, {"body": "Bl\0ack"}, {"tags": "t_t"}], ids=range(4)
)
async def test_what_is_wrong_is_marked_and_kept(forum: Forum, wrong: dict[str, str]) -> None:
    (name,) = wrong
    async with browser(forum) as ada:
        form = await opened(ada, "/topics/new")
        page = await form.sent(ada, **{"title": "Tea", "body": "Black", "tags": "tea"} | wrong)
    assert page.status_code == 422
    assert f'id="{name}-wrong"' in page.text
    assert editor(page.text).fields.items() >= wrong.items()


async def test_a_text_for_a_topic_that_is_gone_meanwhile_can_be_copied(forum: Forum) -> None:
    async with browser(forum) as ada, browser(forum) as bob:
        topic = await starts(ada)
        form = await opened(bob, topic)
        form.fields["body"] = unique("Typed for long")
        await sends(ada, f"{topic}/delete")
        await refused(bob, form, 404, "What you wrote, to be copied")


async def test_moderators_pin_and_lock_and_what_was_typed_meanwhile_is_kept(forum: Forum) -> None:
    if forum.admin is None:
        pytest.skip("needs an administrator")
    name, password = forum.admin
    async with browser(forum) as ada, browser(forum, username=name, password=password) as admin:
        topic = await starts(ada)
        form = await opened(ada, topic)
        form.fields["body"] = unique("Typed for long")
        for field in ("pinned", "locked"):
            answer = await sends(admin, topic, to=f"{topic}/moderate", **{field: "1"})
            assert (answer.status_code, answer.headers["location"]) == (303, topic)
        assert [(await read(forum, topic))[field] for field in ("pinned", "locked")] == [True, True]
        await refused(ada, form, 409, "This topic was locked meanwhile")
        assert (await sends(ada, f"{topic}/edit", to=f"{topic}/moderate", locked="")).status_code == 403
        await sends(admin, topic, to=f"{topic}/moderate", locked="")

        async def open_again() -> None:
            assert (await form.sent(ada)).status_code == 303

        await eventually(open_again, ACROSS_SERVICES)
        assert (await sends(admin, f"{topic}/delete")).headers["location"] == "/"
        assert (await ada.get(topic)).status_code == 404
