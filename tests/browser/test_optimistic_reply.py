"""A reply is on the page at once, and never lost."""

import asyncio
import re

import pytest
from browser.conftest import OpenWindow
from browser.sample import MODERATOR
from browser.window import Window
from forum_client import Forum, Json, Person
from playwright.async_api import Locator, Page, Route, expect

pytestmark = pytest.mark.requires("chromium")

POSTING = "**/reply?card=1"


@pytest.fixture
async def window(open_window: OpenWindow, ada: Person, topic: Json) -> Window:
    """Ada's, with the topic open."""
    window = await open_window(ada)
    await window.opens(f"/topics/{topic['id']}")
    return window


@pytest.fixture
def page(window: Window) -> Page:
    return window.page


def reply_field(page: Page) -> Locator:
    return page.get_by_label("Your reply")


async def reply(page: Page, text: str) -> None:
    await reply_field(page).fill(text)
    await page.get_by_role("button", name="Reply", exact=True).click()


async def test_a_reply_is_seen_while_it_is_sent(page: Page, forum: Forum, topic: Json) -> None:
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route(POSTING, hold)
    await reply(page, "*Second* & <b>last</b>")
    pending = page.locator(".message.pending")
    await expect(pending.locator(".text")).to_have_text("*Second* & <b>last</b>")
    await expect(reply_field(page)).to_have_value("")
    await expect(page.locator("form[data-draft]")).to_have_js_property("inert", True)
    go_on.set()
    await expect(page.locator("#m2")).to_be_focused()
    await expect(page.locator("#m2 em")).to_have_text("Second")
    await expect(pending).to_have_count(0)
    assert [message["body"] for message in forum.reads(topic)][1:] == ["*Second* & <b>last</b>"]


async def test_ones_own_reply_is_no_news(window: Window, page: Page, ada: Person, topic: Json) -> None:
    """Though the stream brings it before the answer comes."""

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        from_bob = forum_replies()
        await expect(page.locator("#news")).to_have_attribute("href", re.compile("#m3$"))
        await expect(page.locator("#news")).to_have_text("1 new message")
        assert from_bob["number"] == 3
        await route.fulfill(response=answer)

    bob = window.forum.register("bob")

    def forum_replies() -> Json:
        return bob.replies(topic, "Bob's")

    await page.route(POSTING, answer_late)
    await reply(page, "Mine")
    await expect(page.locator("#m2 .text")).to_have_text("Mine")
    await expect(page.locator("#news")).to_have_text("1 new message")
    await expect(page).to_have_title(re.compile(r"^\(1\)"))


async def test_the_same_words_can_be_said_twice(page: Page, forum: Forum, topic: Json) -> None:
    for number in (2, 3):
        await reply(page, "Bump")
        await expect(page.locator(f"#m{number}")).to_be_focused()
    assert [message["body"] for message in forum.reads(topic)][1:] == ["Bump", "Bump"]


async def test_a_reply_cannot_be_sent_twice(page: Page, forum: Forum, topic: Json) -> None:
    await reply_field(page).fill("Once")
    await page.locator("form[data-draft]").evaluate(
        "form => [1, 2].forEach(() => form.dispatchEvent(new SubmitEvent('submit', {cancelable: true})))"
    )
    await expect(page.locator("#m2")).to_be_focused()
    assert [message["body"] for message in forum.reads(topic)][1:] == ["Once"]


async def test_what_the_server_refuses_is_back_in_the_form(
    window: Window, page: Page, forum: Forum, topic: Json
) -> None:
    forum.log_in(MODERATOR).edits(topic, locked=True)
    window.expects(f"409 for POST /topics/{topic['id']}/reply")
    await reply(page, "Too late")
    await expect(page.get_by_role("alert")).to_contain_text("This topic was locked meanwhile")
    await expect(reply_field(page)).to_have_value("Too late")
    await expect(reply_field(page)).to_be_focused()
    await expect(page.locator(".pending")).to_have_count(0)


async def test_what_could_not_be_sent_is_sent_again(
    window: Window, page: Page, forum: Forum, topic: Json
) -> None:
    window.expects("net::ERR_FAILED for POST")
    await page.route(POSTING, lambda route: route.abort())
    await reply(page, "Hear me")
    await expect(page.get_by_role("alert")).to_contain_text("could not be sent")
    await expect(reply_field(page)).to_have_value("Hear me")
    await page.unroute(POSTING)
    await page.get_by_role("button", name="Reply", exact=True).click()
    await expect(page.locator("#m2 .text")).to_have_text("Hear me")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_an_answer_that_was_lost_is_not_posted_again(
    window: Window, page: Page, forum: Forum, topic: Json
) -> None:
    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    window.expects("net::ERR_FAILED for POST")
    await page.route(POSTING, lose_the_answer)
    await reply(page, "Hear me")
    await expect(page.get_by_role("alert")).to_contain_text("could not be sent")
    await page.unroute(POSTING)
    await page.get_by_role("button", name="Reply", exact=True).click()
    await expect(page.locator("#m2")).to_be_focused()
    await expect(page.locator("#news")).to_be_hidden()
    assert [message["body"] for message in forum.reads(topic)][1:] == ["Hear me"]


async def test_a_message_is_answered_without_leaving_the_page(page: Page, forum: Forum, topic: Json) -> None:
    await page.locator("#m1").get_by_role("link", name="Reply").click()
    await expect(reply_field(page)).to_be_focused()
    await expect(page.locator("form .answers")).to_contain_text("In reply to #1")
    await page.keyboard.type("Agreed")
    await page.get_by_role("button", name="Reply", exact=True).click()
    await expect(page.locator("#m2 .answers")).to_contain_text("In reply to #1")
    await expect(page.locator("form .answers")).to_be_hidden()
    first, second = forum.reads(topic)
    assert second["reply_to"] == first["id"]


async def test_an_answer_can_be_to_nobody_after_all(page: Page, forum: Forum, topic: Json) -> None:
    await page.locator("#m1").get_by_role("link", name="Reply").click()
    await page.get_by_role("button", name="Cancel").click()
    await reply(page, "To all")
    await expect(page.locator("#m2")).to_be_focused()
    assert forum.reads(topic)[1]["reply_to"] is None


async def test_an_answer_to_what_is_gone_becomes_one_to_nobody(
    window: Window, page: Page, forum: Forum, ada: Person, topic: Json
) -> None:
    await page.locator("#m1").get_by_role("link", name="Reply").click()
    ada.deletes(forum.reads(topic)[0])
    window.expects(f"422 for POST /topics/{topic['id']}/reply")
    await reply(page, "Agreed")
    await expect(page.get_by_role("alert")).to_contain_text("was deleted meanwhile")
    await expect(page.locator("form .answers")).to_be_hidden()
    await page.get_by_role("button", name="Reply", exact=True).click()
    await expect(page.locator("#m2")).to_be_focused()


async def test_a_preview_stands_below_the_text(page: Page) -> None:
    await reply_field(page).fill("*Soft*")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("region", name="Preview").locator("em")).to_have_text("Soft")
    await expect(reply_field(page)).to_have_value("*Soft*")


async def test_the_first_reply_of_a_topic_takes_the_place_of_the_words_that_there_is_none(
    window: Window, ada: Person
) -> None:
    topic = ada.starts_topic("Nobody yet")
    page = window.page
    await window.opens(f"/topics/{topic['id']}")
    await expect(page.get_by_text("Nobody has answered yet")).to_be_visible()
    await reply(page, "I do")
    await expect(page.locator("#m1 .text")).to_have_text("I do")
    await expect(page.get_by_text("Nobody has answered yet")).to_be_hidden()


async def test_a_reply_that_begins_a_page_is_shown_there(window: Window, ada: Person, topic: Json) -> None:
    for number in range(2, 21):
        ada.replies(topic, f"{number}")
    page = window.page
    await window.opens(f"/topics/{topic['id']}")
    await reply(page, "On a page of its own")
    await expect(page).to_have_url(re.compile(r"\?page=2#m21$"))
    await expect(page.locator("#m21 .text")).to_have_text("On a page of its own")
