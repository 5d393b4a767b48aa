"""How far somebody has read is remembered by their browser, and times stay true."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from browser.conftest import OpenWindow
from browser.judges import axe
from browser.window import Window
from forum_client import Forum, Json, Person, accepted, eventually
from playwright.async_api import Page, expect

from web.shown import ago

pytestmark = pytest.mark.requires("chromium")


@pytest.fixture
def topic(ada: Person) -> Json:
    """Has 25 messages."""
    topic = ada.starts_topic("Frogs in the pond")
    for number in range(1, 26):
        ada.replies(topic, f"Frog {number}.\n\nIt was green.")
    return topic


def counted(forum: Forum, topic: Json, number: int) -> None:
    """Waits until lists know that the topic has so many messages."""

    def known() -> None:
        assert accepted(forum.get(f"/api/topics/{topic['id']}"))["message_count"] == number

    eventually(known)


async def reads(page: Page, number: int) -> int:
    """Scrolls to the message; the number of the last one that is in view with it, once that is noted."""
    card = page.locator(f"#m{number}")
    await card.evaluate("card => card.scrollIntoView({block: 'end', behavior: 'instant'})")
    noted = await page.wait_for_function(
        "number => JSON.parse(localStorage.read).map(([, {number}]) => number).find(one => one >= number)",
        arg=number,
    )
    furthest: int = await noted.json_value()
    return furthest


@pytest.mark.requires("npm")
async def test_a_list_tells_what_is_new_since_one_was_there(
    window: Window, forum: Forum, ada: Person, topic: Json
) -> None:
    page = window.page
    counted(forum, topic, 25)
    await window.opens(f"/topics/{topic['id']}?page=2")
    await reads(page, 25)
    ada.replies(topic)
    ada.replies(topic)
    counted(forum, topic, 27)
    await window.opens("/new")
    row = page.locator(f".row[data-topic='{topic['id']}']")
    await expect(row.locator(".new")).to_have_text("2 new")
    assert not await axe(page)
    await row.locator(".new").click()
    await expect(page).to_have_url(re.compile(r"\?page=2#m25$"))
    await expect(page.locator("#m27")).to_be_visible()
    await page.go_back()
    await expect(row).to_be_visible()
    await expect(row.locator(".new")).to_have_count(0)


async def test_a_list_says_nothing_of_topics_that_were_never_open(window: Window, topic: Json) -> None:
    await window.opens("/new")
    await expect(window.page.locator(f".row[data-topic='{topic['id']}']")).to_be_visible()
    await expect(window.page.locator(".row .new")).to_have_count(0)


@pytest.mark.parametrize(("number", "address"), [(9, r"#m\d+$"), (25, r"\?page=2#m25$")])
@pytest.mark.requires("npm")
async def test_a_topic_is_gone_on_with_where_one_stopped(
    window: Window, topic: Json, number: int, address: str
) -> None:
    page = window.page
    await page.set_viewport_size({"width": 800, "height": 400})
    await window.opens(f"/topics/{topic['id']}" + ("?page=2" if number > 20 else ""))
    stopped = await reads(page, number)
    await window.opens(f"/topics/{topic['id']}")
    onward = page.get_by_role("link", name=f"Continue at message {stopped}")
    await expect(onward).to_be_in_viewport()
    assert await page.evaluate("scrollY") == 0
    assert not await axe(page)
    await onward.click()
    await expect(page).to_have_url(re.compile(address))
    await expect(page.locator(f"#m{stopped}")).to_be_in_viewport()
    await expect(onward).to_be_hidden()


async def test_who_has_not_been_there_begins_at_the_beginning(window: Window, topic: Json) -> None:
    await window.opens(f"/topics/{topic['id']}")
    await expect(window.page.locator(".opening")).to_be_visible()
    await expect(window.page.locator("#onward")).to_be_hidden()


async def test_what_is_remembered_is_bounded(window: Window, topic: Json) -> None:
    page = window.page
    await window.opens("/")
    await page.evaluate(
        "() => localStorage.read = JSON.stringify(Array.from({length: 500},"
        " (_, index) => [`topic ${index}`, {number: 1, count: 1}, Date.now()]))"
    )
    await window.opens(f"/topics/{topic['id']}")
    names = await page.evaluate("JSON.parse(localStorage.read).map(([name]) => name)")
    assert len(names) == 500
    assert names[0] == "topic 1"
    assert names[-1] == topic["id"]


AGES = [
    timedelta(seconds=30),
    timedelta(seconds=90),
    timedelta(minutes=5, seconds=30),
    timedelta(hours=1, minutes=30),
    timedelta(hours=23, minutes=30),
    timedelta(days=1, hours=12),
    timedelta(days=6, hours=12),
    timedelta(days=8),
    timedelta(days=500),
]


async def test_times_stay_true_in_the_words_of_the_server(window: Window) -> None:
    await window.opens("/tags")
    now = datetime.now(UTC)
    written = [f"{now - age:%Y-%m-%dT%H:%M:%S.%fZ}" for age in AGES]
    said = await window.page.evaluate(
        """written => {
            const times = written.map(time => Object.assign(document.createElement("time"),
                {dateTime: time, title: time}));
            document.body.append(...times);
            dispatchEvent(new Event("pageshow"));
            return times.map(time => time.textContent);
        }""",
        written,
    )
    assert said == [ago(time, now) for time in written]


async def test_times_go_on_while_a_page_is_open(window: Window, topic: Json) -> None:
    page = window.page
    await page.clock.install()
    await window.opens(f"/topics/{topic['id']}")
    await expect(page.locator(".opening time")).to_have_text("just now")
    await page.clock.run_for("03:10")
    await expect(page.locator(".opening time")).to_have_text("3 minutes ago")


async def test_the_exact_time_is_in_the_readers_own_time_zone(open_window: OpenWindow, topic: Json) -> None:
    window = await open_window(timezone_id="Asia/Kathmandu")
    await window.opens(f"/topics/{topic['id']}")
    local = datetime.fromisoformat(topic["created_at"]) + timedelta(hours=5, minutes=45)
    await expect(window.page.locator(".opening time")).to_have_attribute(
        "title", f"{local.day} {local:%B %Y} at {local:%H:%M}"
    )
