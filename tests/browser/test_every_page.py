"""Every page, in every role: what machines can tell of its quality."""

import pytest
from browser.conftest import OpenWindow
from browser.judges import Validator, axe
from browser.pages import PAGES, Page, Places
from browser.window import PHONE, WIDE, Window
from forum_client import Forum
from playwright.async_api import ViewportSize

pytestmark = [pytest.mark.requires("chromium"), pytest.mark.requires("npm")]

NARROWEST = ViewportSize(width=320, height=640)  # WCAG 2.2, 1.4.10 Reflow
COLOURED = ["color-contrast", "link-in-text-block"]  # rules whose answer may be another in the dark
LAID_OUT = [*COLOURED, "target-size", "scrollable-region-focusable"]  # … or on a narrow screen
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def titles() -> dict[str, str]:
    """Titles that were met, and the path of the page that had each."""
    return {}


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
async def test_a_page_is_sound(
    open_window: OpenWindow, forum: Forum, places: Places, html: Validator, titles: dict[str, str], page: Page
) -> None:
    window = await open_window(forum.log_in(page.who) if page.who else None, viewport=WIDE)
    response = await window.opens(page.path.format_map(places), page.status)
    wrong = {
        "html": await html.judge(await response.text()),
        "wide, light": await axe(window.page),
        "wide": await sideways(window, WIDE),
        "phone": await sideways(window, PHONE),
        "phone, light": await axe(window.page, LAID_OUT),
        "320 pixels": await sideways(window, NARROWEST),
    }
    await window.page.emulate_media(color_scheme="dark")
    wrong["dark"] = await axe(window.page, COLOURED)
    title = await window.page.title()
    assert title.removesuffix(" · Forum"), "no title"
    address = page.path.partition("?")[0]
    assert titles.setdefault(title, address) == address or page.status >= 400, "another page's title"
    found = [f"{where}: {what}" for where, whats in wrong.items() for what in whats]
    assert not found, "\n".join(found)


async def sideways(window: Window, size: ViewportSize) -> list[str]:
    """Whether the page is wider than a window of this size."""
    await window.page.set_viewport_size(size)
    pixels = await window.page.evaluate(SIDEWAYS)
    return [f"scrolls sideways by {pixels} pixels"] if pixels else []
