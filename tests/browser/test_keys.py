"""Keyboard shortcuts, which never come between somebody and what they type."""

import pytest
from browser.conftest import OpenWindow
from browser.judges import axe
from browser.window import Window
from forum_client import Json, Person
from playwright.async_api import Page, expect

pytestmark = pytest.mark.requires("chromium")


@pytest.fixture
def topic(ada: Person) -> Json:
    topic = ada.starts_topic("Frogs in the pond")
    ada.replies(topic, "The first of this year.")
    ada.replies(topic, "The second.")
    return topic


@pytest.fixture
async def page(window: Window, topic: Json) -> Page:
    """A guest reads the topic."""
    await window.opens(f"/topics/{topic['id']}")
    return window.page


async def test_j_and_k_walk_through_messages(page: Page) -> None:
    for key, focused in [("j", ".opening"), ("j", "#m1"), ("j", "#m2"), ("j", "#m2"), ("k", "#m1")]:
        await page.keyboard.press(key)
        await expect(page.locator(focused)).to_be_focused()


async def test_j_and_k_walk_through_topics(window: Window) -> None:
    page = window.page
    await window.opens("/")
    rows = page.locator(".row h2 a")
    for key, focused in [("j", 0), ("j", 1), ("k", 0)]:
        await page.keyboard.press(key)
        await expect(rows.nth(focused)).to_be_focused()
    title = await rows.first.inner_text()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def test_j_begins_with_what_is_in_view(page: Page) -> None:
    await page.set_viewport_size({"width": 800, "height": 300})
    await page.locator("#m2").evaluate("card => card.scrollIntoView({block: 'start', behavior: 'instant'})")
    await page.keyboard.press("j")
    await expect(page.locator("#m2")).to_be_focused()


async def test_a_slash_leads_to_the_search(page: Page) -> None:
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    await page.keyboard.type("jk?/.")
    await expect(page.get_by_role("searchbox", name="Search")).to_have_value("jk?/.")


async def test_a_full_stop_shows_what_is_new(page: Page, ada: Person, topic: Json) -> None:
    ada.replies(topic, "The third.")
    await expect(page.get_by_role("link", name="1 new message")).to_be_visible()
    await page.keyboard.press(".")
    await expect(page.locator("#m3")).to_be_focused()


async def test_keys_with_modifiers_are_the_browsers(page: Page) -> None:
    for modifier in ("Control", "Alt", "Meta"):
        await page.keyboard.press(f"{modifier}+j")
    assert await page.evaluate("document.activeElement === document.body")


@pytest.mark.requires("npm")
async def test_a_question_mark_lists_the_keys(page: Page) -> None:
    await page.keyboard.press("j")
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog).to_be_visible()
    assert not await axe(page)
    await page.keyboard.press("j")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(page.locator(".opening")).to_be_focused()


async def test_the_keys_can_be_turned_off_for_good(page: Page) -> None:
    await page.get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("checkbox").uncheck()
    await page.get_by_role("button", name="Close").click()
    await page.reload()
    await page.keyboard.press("j")
    await page.keyboard.press("?")
    assert await page.evaluate("document.activeElement === document.body")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("checkbox").check()
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await expect(page.locator(".opening")).to_be_focused()


async def test_without_scripts_nothing_is_said_of_keys(open_window: OpenWindow, topic: Json) -> None:
    window = await open_window(java_script_enabled=False)
    await window.page.goto(f"/topics/{topic['id']}")
    await expect(window.page.get_by_role("heading", level=1)).to_be_visible()
    for name in ("#keys-hint", "#keys", "#news", "#onward"):
        await expect(window.page.locator(name)).to_be_hidden()
