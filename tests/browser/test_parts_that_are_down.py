"""A page says what is missing and shows the rest, and is as sound as any other."""

from collections.abc import Iterator

import pytest
from browser.judges import Validator, axe
from browser.pages import Places
from browser.window import Window
from playwright.async_api import expect
from running import Running

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.requires("npm"),
    pytest.mark.only_on("split"),  # the monolith has no parts that are down alone
]


@pytest.fixture
def split(running: Running) -> Iterator[Running]:
    """The processes of the split, of which all run again after the test."""
    yield running
    running.start_what_is_down()


@pytest.mark.parametrize(
    ("part", "path", "status", "words"),
    [
        ("messages", "/topics/{long}", 200, "Messages cannot be shown right now"),
        ("messages", "/search?q=capacitor&in=messages", 503, "Messages cannot be searched right now"),
        ("topics", "/", 503, "Topics cannot be shown right now"),
        ("users", "/users", 503, "Accounts cannot be reached right now"),
    ],
)
async def test_a_page_without_a_part_says_so(
    window: Window,
    split: Running,
    places: Places,
    html: Validator,
    part: str,
    path: str,
    status: int,
    words: str,
) -> None:
    split.kill(part)
    response = await window.opens(path.format_map(places), status)
    await expect(window.page.locator("main")).to_contain_text(words)
    assert not await html.judge(await response.text())
    assert not await axe(window.page)


async def test_without_users_reading_goes_on_and_the_log_in_form_says_why_it_fails(
    window: Window, split: Running, places: Places
) -> None:
    await window.opens("/login")
    split.kill("users")
    await window.page.get_by_label("Username").fill("bram")
    await window.page.get_by_label("Password").fill("any password at all")
    window.expects("503 for POST /login")
    await window.page.get_by_role("button", name="Log in").click()
    await expect(window.page.get_by_role("alert")).to_contain_text("Accounts cannot be reached right now")
    await window.opens("/topics/{long}".format_map(places))
    await expect(window.page.locator("#messages article")).to_have_count(19)
