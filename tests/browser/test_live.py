"""New messages of a topic that is open arrive, and wait until the reader wants them."""

import re

import pytest
from browser.judges import axe
from browser.window import Window
from forum_client import Json, Person
from playwright.async_api import Page, Route, expect

pytestmark = pytest.mark.requires("chromium")

STREAM = "**/messages/stream"


@pytest.fixture
async def page(window: Window, topic: Json) -> Page:
    """A guest reads the topic."""
    await window.opens(f"/topics/{topic['id']}")
    return window.page


async def numbers(page: Page) -> list[str | None]:
    return [await card.get_attribute("data-number") for card in await page.locator("#messages article").all()]


async def test_new_messages_wait_behind_one_line(page: Page, ada: Person, topic: Json) -> None:
    ada.replies(topic, "Two")
    await expect(page.get_by_role("link", name="1 new message")).to_be_visible()
    ada.replies(topic, "Three")
    line = page.get_by_role("link", name="2 new messages")
    await expect(line).to_be_visible()
    await expect(page).to_have_title(re.compile(r"^\(2\) Frogs in the pond"))
    assert await numbers(page) == ["1"]
    await line.click()
    await expect(page.locator("#m2")).to_be_focused()
    assert await numbers(page) == ["1", "2", "3"]
    await expect(page.locator("#m3 .text")).to_have_text("Three")
    await expect(line).to_be_hidden()
    await expect(page).to_have_title(re.compile("^Frogs"))


async def test_what_arrives_moves_nothing(page: Page, ada: Person, topic: Json) -> None:
    heights = (
        "[document.body.scrollHeight, scrollY, document.querySelector('#m1').getBoundingClientRect().top]"
    )
    before = await page.evaluate(heights)
    ada.replies(topic)
    await expect(page.get_by_role("link", name="1 new message")).to_be_visible()
    assert await page.evaluate(heights) == before


async def test_nothing_is_lost_between_the_page_and_the_stream(
    window: Window, ada: Person, topic: Json
) -> None:
    async def late(route: Route) -> None:
        ada.replies(topic, "In between")
        await route.continue_()

    await window.page.route(STREAM, late)
    await window.opens(f"/topics/{topic['id']}")
    await window.page.get_by_role("link", name="1 new message").click()
    await expect(window.page.locator("#m2 .text")).to_have_text("In between")


async def test_what_was_said_while_the_connection_was_lost_comes_afterwards(
    window: Window, page: Page, ada: Person, topic: Json
) -> None:
    window.bears("net::ERR_INTERNET_DISCONNECTED for GET")  # it may try again meanwhile
    await page.context.set_offline(True)
    ada.replies(topic)
    ada.replies(topic)
    await page.context.set_offline(False)
    await expect(page.get_by_role("link", name="2 new messages")).to_be_visible()


async def test_a_lost_connection_is_taken_up_again(
    window: Window, page: Page, ada: Person, topic: Json
) -> None:
    refused = 0

    async def refuse_twice(route: Route) -> None:
        nonlocal refused
        refused += 1
        await (route.abort() if refused <= 2 else route.continue_())

    window.expects("net::ERR_FAILED for GET")
    window.expects("net::ERR_FAILED for GET")
    await page.route(STREAM, refuse_twice)
    async with page.expect_request(STREAM) as asked:
        await page.evaluate("dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('pageshow'))")
    assert (await (await asked.value).all_headers())["last-event-id"] == "1"
    ada.replies(topic)
    await expect(page.get_by_role("link", name="1 new message")).to_be_visible()


async def test_a_page_that_is_left_and_come_back_to_goes_on(page: Page, ada: Person, topic: Json) -> None:
    ada.replies(topic)
    await expect(page.get_by_role("link", name="1 new message")).to_be_visible()
    async with page.expect_event("requestfailed"):
        await page.evaluate("dispatchEvent(new Event('pagehide'))")
    ada.replies(topic)
    async with page.expect_request(STREAM) as asked:
        await page.evaluate("dispatchEvent(new Event('pageshow'))")
    assert (await (await asked.value).all_headers())["last-event-id"] == "2"
    await expect(page.get_by_role("link", name="2 new messages")).to_be_visible()


async def test_a_page_that_nobody_sees_for_long_gives_its_connection_back(
    window: Window, ada: Person, topic: Json
) -> None:
    page = window.page
    await page.clock.install()
    await page.add_init_script(
        "let seen = true; Object.defineProperty(document, 'hidden', {get: () => !seen});"
        "window.isSeen = now => { seen = now; document.dispatchEvent(new Event('visibilitychange')) }"
    )
    async with page.expect_response(STREAM):
        await window.opens(f"/topics/{topic['id']}")
    async with page.expect_event("requestfailed"):
        await page.evaluate("isSeen(false)")
        await page.clock.fast_forward("01:01")
    ada.replies(topic)
    await page.evaluate("isSeen(true)")
    await expect(page.get_by_role("link", name="1 new message")).to_be_visible()


async def test_a_deleted_message_is_not_waited_for(
    window: Window, page: Page, ada: Person, topic: Json
) -> None:
    gone = ada.replies(topic)
    ada.replies(topic, "Three")
    line = page.get_by_role("link", name="2 new messages")
    await expect(line).to_be_visible()
    ada.deletes(gone)
    window.expects(f"404 for GET /messages/{gone['id']}/card")
    await line.click()
    await expect(page.locator("#m3")).to_be_focused()
    await expect(page.locator("#news")).to_be_hidden()
    assert await numbers(page) == ["1", "3"]


async def test_messages_that_cannot_be_fetched_wait_on(
    window: Window, page: Page, ada: Person, topic: Json
) -> None:
    ada.replies(topic)
    line = page.get_by_role("link", name="1 new message")
    await expect(line).to_be_visible()
    window.expects("503 for GET /messages/")
    await page.route("**/card", lambda route: route.fulfill(status=503))
    async with page.expect_response("**/card"):
        await line.click()
    await page.unroute("**/card")
    await line.click()
    await expect(page.locator("#m2")).to_be_focused()


async def test_what_belongs_on_the_next_page_is_a_link_to_it(
    window: Window, ada: Person, topic: Json
) -> None:
    for number in range(2, 20):
        ada.replies(topic, f"{number}")
    page = window.page
    await window.opens(f"/topics/{topic['id']}")
    for number in range(20, 23):
        ada.replies(topic, f"{number}")
    await page.get_by_role("link", name="3 new messages").click()
    await expect(page.locator("#m20")).to_be_focused()
    await expect(page.locator("#m21")).to_have_count(0)
    await page.get_by_role("link", name="2 new messages").click()
    await expect(page).to_have_url(re.compile(r"\?page=2#m21$"))
    await expect(page.locator("#m21 .text")).to_have_text("21")


@pytest.mark.requires("npm")
async def test_a_page_with_new_messages_is_accessible(page: Page, ada: Person, topic: Json) -> None:
    ada.replies(topic)
    await expect(page.get_by_role("link", name="1 new message")).to_be_visible()
    assert not await axe(page)
