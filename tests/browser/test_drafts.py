"""What somebody is writing is kept in their browser until it is posted."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from browser.conftest import OpenWindow
from browser.window import Window
from forum_client import Forum, Json, Person
from playwright.async_api import Locator, Page, expect

pytestmark = pytest.mark.requires("chromium")

FORBIDDEN = """
for (const storage of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, storage, {get: () => { throw new DOMException("no", "SecurityError") }});
}
"""
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"


@pytest.fixture
async def window(open_window: OpenWindow, ada: Person, topic: Json) -> Window:
    """Ada's, with the topic open."""
    window = await open_window(ada)
    await window.opens(f"/topics/{topic['id']}")
    return window


@pytest.fixture
def page(window: Window) -> Page:
    return window.page


def text(page: Page) -> Locator:
    return page.locator("form[data-draft] textarea")


def restored(page: Page) -> Locator:
    return page.get_by_role("status").get_by_text("Draft restored")


async def test_a_draft_is_there_again(page: Page) -> None:
    await text(page).fill("Half a thought")
    await page.reload()
    await expect(text(page)).to_have_value("Half a thought")
    await expect(restored(page)).to_be_visible()


async def test_a_draft_can_be_discarded(page: Page) -> None:
    await text(page).fill("Half a thought")
    await page.reload()
    await page.get_by_role("button", name="Discard").click()
    await expect(text(page)).to_have_value("")
    await expect(text(page)).to_be_focused()
    await expect(restored(page)).to_be_hidden()
    await page.reload()
    await expect(text(page)).to_have_value("")


async def test_a_reply_that_was_sent_is_no_draft(page: Page) -> None:
    await text(page).fill("A whole thought")
    await page.get_by_role("button", name="Reply", exact=True).click()
    await expect(page.locator("#m2")).to_be_focused()
    await page.reload()
    await expect(text(page)).to_have_value("")


async def test_a_reply_that_was_not_sent_is_a_draft(window: Window, page: Page) -> None:
    await text(page).fill("A whole thought")
    window.expects("net::ERR_FAILED for POST")
    await page.route("**/reply?card=1", lambda route: route.abort())
    await page.get_by_role("button", name="Reply", exact=True).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.reload()
    await expect(text(page)).to_have_value("A whole thought")


async def test_a_topic_is_a_draft_until_it_is_started(window: Window, page: Page) -> None:
    await window.opens("/topics/new")
    await page.get_by_label("Title").fill("Toads")
    await page.get_by_label("Text").fill("They cross the road.")
    await page.get_by_label("Tags").fill("pond")
    await window.opens("/topics/new")
    await expect(page.get_by_label("Title")).to_have_value("Toads")
    await expect(page.get_by_label("Tags")).to_have_value("pond")
    await page.get_by_role("button", name="Start the topic").click()
    await expect(page.locator(".notice")).to_have_text("Your topic is started.")
    await window.opens("/topics/new")
    await expect(page.get_by_label("Title")).to_have_value("")
    await expect(page.get_by_label("Text")).to_have_value("")


async def test_a_form_that_the_server_refused_is_a_draft_still(window: Window, page: Page) -> None:
    await window.opens("/topics/new")
    await page.get_by_label("Title").fill("Toads")
    await page.get_by_label("Text").fill("They cross the road.")
    await page.get_by_label("Tags").fill("one two three four five six")
    window.expects("422 for POST /topics/new")
    await page.get_by_role("button", name="Start the topic").click()
    await expect(page.get_by_label("Text")).to_have_value("They cross the road.")
    await window.opens("/topics/new")
    await expect(page.get_by_label("Text")).to_have_value("They cross the road.")


async def test_an_edit_is_restored_onto_the_text_it_was_begun_from(
    window: Window, page: Page, ada: Person, topic: Json, forum: Forum
) -> None:
    message = forum.reads(topic)[0]
    await window.opens(f"/messages/{message['id']}/edit")
    await text(page).fill("The first, and fat.")
    await page.reload()
    await expect(text(page)).to_have_value("The first, and fat.")
    ada.edits(message, body="Somebody was faster.")
    await page.reload()
    await expect(text(page)).to_have_value("Somebody was faster.")
    await expect(restored(page)).to_be_hidden()


async def test_another_person_sees_no_draft(window: Window, page: Page, forum: Forum, topic: Json) -> None:
    await text(page).fill("Between us")
    await page.get_by_role("button", name="Log out").click()
    await window.logs_in(forum.register("bob"))
    await window.opens(f"/topics/{topic['id']}")
    await expect(text(page)).to_have_value("")


async def test_a_draft_is_forgotten_after_a_month(page: Page) -> None:
    await text(page).fill("Old thoughts")
    await page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=29))
    await page.reload()
    await expect(text(page)).to_have_value("Old thoughts")
    await page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=31))
    await page.reload()
    await expect(text(page)).to_have_value("")
    assert "Old thoughts" not in json.dumps(await page.evaluate("({...localStorage})"))


@pytest.mark.parametrize("broken", [FORBIDDEN, FULL], ids=["forbidden", "full"])
async def test_nothing_breaks_where_storage_is(page: Page, broken: str) -> None:
    await page.add_init_script(broken)
    await page.reload()
    await text(page).fill("Not kept")
    await page.get_by_role("button", name="Reply", exact=True).click()
    await expect(page.locator("#m2 .text")).to_have_text("Not kept")
