"""Going back and forth, and the same person in two tabs."""

import asyncio
import base64
import json
import re

import pytest
from browser.conftest import OpenWindow
from browser.window import Window
from forum_client import Forum, Json, Person
from playwright.async_api import Page, expect

pytestmark = pytest.mark.requires("chromium")


@pytest.fixture
def ada(forum: Forum) -> Person:
    return forum.register("ada")


@pytest.fixture
def topic(ada: Person) -> Json:
    return ada.starts_topic("Two tabs", "As it was.")


async def test_back_and_forward_lead_through_what_was_seen(window: Window, forum: Forum) -> None:
    page = window.page
    await window.opens("/")
    first = page.locator("main h2 a").first
    title = await first.inner_text()
    await first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await page.get_by_role("link", name="Tags", exact=True).click()
    await expect(page).to_have_url(re.compile("/tags$"))
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Latest topics")
    await page.go_forward()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def test_two_tabs_that_renew_the_session_at_once_both_stay_logged_in(
    open_window: OpenWindow, ada: Person
) -> None:
    window = await open_window(ada)
    tabs = [window.page, await window.context.new_page()]
    for _ in range(2):  # the second time with what the first has left
        await expire(window)
        await asyncio.gather(*[tab.goto("/settings") for tab in tabs])
        for tab in tabs:
            await expect(tab).to_have_url(re.compile("/settings$"))
            await expect(tab.get_by_role("button", name="Log out")).to_be_visible()


async def expire(window: Window) -> None:
    """Let the session's access token have ended long ago."""
    (cookie,) = [cookie for cookie in await window.context.cookies() if cookie["name"] == "session"]
    session = json.loads(base64.urlsafe_b64decode(cookie["value"]))
    old = base64.urlsafe_b64encode(json.dumps(session | {"until": 0}).encode()).decode()
    await window.context.add_cookies([{"name": "session", "value": old, "url": window.forum.url}])


async def test_who_edits_in_two_tabs_is_told_what_the_other_has_saved(
    open_window: OpenWindow, ada: Person, topic: Json
) -> None:
    window = await open_window(ada)
    one, other = window.page, await window.context.new_page()
    for tab in (one, other):
        await tab.goto(f"/topics/{topic['id']}/edit")
    await save(one, "As one has it.")
    await expect(one.locator(".opening .text")).to_have_text("As one has it.")
    window.expects(f"412 for POST /topics/{topic['id']}/edit")
    await save(other, "As the other has it.")
    await expect(other.get_by_role("alert")).to_contain_text("Somebody changed this")
    await expect(other.get_by_role("region", name="What it says now")).to_contain_text("As one has it.")
    await expect(other.get_by_label("Text")).to_have_value("As the other has it.")
    await save(other, "As both have it.")
    await expect(other.locator(".opening .text")).to_have_text("As both have it.")


async def save(page: Page, text: str) -> None:
    await page.get_by_label("Text").fill(text)
    await page.get_by_role("button", name="Save").click()
