"""Two people and a moderator do all that there is to do, by what pages show: with scripts and without."""

import re

import pytest
from browser.conftest import OpenWindow
from browser.sample import MODERATOR
from browser.window import Window
from forum_client import PASSWORD, Forum, unique
from playwright.async_api import Locator, Page, expect

pytestmark = pytest.mark.requires("chromium")


async def register(window: Window, name: str) -> None:
    """A new account by the page's form; the browser is logged in then."""
    page = window.page
    await window.opens("/")
    await page.get_by_role("link", name="Register").click()
    await page.get_by_label("Username").fill(unique(name))
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Name shown to others").fill(name)
    await page.get_by_role("button", name="Register").click()
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()


async def start_topic(page: Page, title: str) -> None:
    await page.get_by_role("link", name="Start a topic").click()
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Text").fill("It leans. Does **anyone** know why?")
    await page.get_by_label("Tags").fill("shed, wood")
    await page.get_by_role("button", name="Start the topic").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.locator(".opening strong")).to_have_text("anyone")


async def reply(page: Page, text: str) -> None:
    await page.get_by_label("Your reply").fill(text)
    await page.get_by_role("button", name="Reply", exact=True).click()
    await expect(message(page, text)).to_be_visible()
    await expect(page.get_by_label("Your reply")).to_have_value("")


def message(page: Page, text: str) -> Locator:
    """The message with this text, once it is posted."""
    return page.locator("article.message[data-id]").filter(has_text=text)


async def quote(page: Page, text: str, words: str) -> None:
    """Answer a message with its text quoted, and these words below."""
    await message(page, text).get_by_role("link", name="Quote").click()
    form = page.get_by_label("Your reply")
    await expect(form).to_have_value(re.compile(f"> {re.escape(text)}\n\n$"))
    await form.press_sequentially(words)
    await page.get_by_role("button", name="Reply", exact=True).click()
    answer = message(page, words)
    await expect(answer.get_by_role("blockquote")).to_have_text(text)
    await expect(answer.locator(".answers")).to_contain_text("#1")


async def edit(page: Page, text: str, words: str) -> None:
    await message(page, text).get_by_role("link", name="Edit").click()
    await page.get_by_label("Your message").fill(words)
    await page.get_by_role("button", name="Save").click()
    await expect(message(page, words)).to_contain_text("edited")
    await expect(message(page, text)).to_have_count(0)


async def delete(page: Page, text: str) -> None:
    await message(page, text).get_by_role("link", name="Delete").click()
    await page.get_by_role("button", name="Delete").click()
    await expect(page.locator(".notice")).to_have_text("Deleted.")
    await expect(message(page, text)).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_two_people_and_a_moderator(open_window: OpenWindow, forum: Forum, scripts: bool) -> None:
    ada, bob = [await open_window(java_script_enabled=scripts) for _ in range(2)]
    moderator = await open_window(forum.log_in(MODERATOR), java_script_enabled=scripts)
    title = unique("The shed leans")

    await register(ada, "Ada")
    await start_topic(ada.page, title)
    await register(bob, "Bob")
    await bob.page.get_by_role("link", name="Topics", exact=True).click()
    await bob.page.get_by_role("link", name=title).click()
    await reply(bob.page, "The ground is soft there.")
    await reply(bob.page, "Or the shed is tired.")

    await ada.page.reload()
    await quote(ada.page, "The ground is soft there.", "It was not last year.")
    await edit(bob.page, "Or the shed is tired.", "Or it is tired, like all of us.")
    await delete(bob.page, "Or it is tired, like all of us.")

    await moderator.page.goto(ada.page.url)
    await moderator.page.get_by_role("button", name="Lock", exact=True).click()
    await expect(moderator.page.get_by_role("button", name="Unlock")).to_be_visible()
    await bob.page.reload()
    await expect(bob.page.get_by_text("This topic is locked")).to_be_visible()
    await expect(bob.page.get_by_label("Your reply")).to_have_count(0)

    await ada.page.reload()
    await ada.page.get_by_role("link", name="Edit topic").click()
    await ada.page.get_by_label("Title").fill(f"{title}, still")
    await ada.page.get_by_role("button", name="Save").click()
    await expect(ada.page.get_by_role("heading", level=1)).to_have_text(f"{title}, still")
    where = ada.page.url
    for reader in (bob, moderator):  # who had it open would look for new messages of what is gone
        await reader.opens("/")
    await ada.page.get_by_role("link", name="Delete topic").click()
    await ada.page.get_by_role("button", name="Delete").click()
    await expect(ada.page.locator(".notice")).to_have_text("Deleted.")
    await bob.opens(where, 404)
    await ada.page.get_by_role("button", name="Log out").click()
    await expect(ada.page.get_by_role("link", name="Log in")).to_be_visible()
