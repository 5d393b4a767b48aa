"""What goes wrong in a page is noticed: without that, every other test here would pass for nothing."""

import asyncio
import time

import pytest
from browser.judges import Validator, axe
from browser.window import SECONDS, Window, opened
from forum_client import Forum
from playwright.async_api import Browser

pytestmark = pytest.mark.requires("chromium")

INLINE = (
    "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
)
ELSEWHERE = "document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.invalid/'}))"


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('a message')", "error: a message"),
        ("console.warn('a warning')", "warning: a warning"),
        ("setTimeout(() => { throw new Error('thrown') })", "error: thrown"),
        (INLINE, "error: CSP: script-src-elem inline"),
        (ELSEWHERE, "error: CSP: img-src https://elsewhere.invalid/"),
        ("fetch('/api/topics/none')", "404 for GET /api/topics/none"),
        ("open('https://elsewhere.invalid/')", "request to https://elsewhere.invalid/"),
    ],
)
async def test_a_window_complains(browser: Browser, forum: Forum, script: str, complaint: str) -> None:
    async with opened(browser, forum) as window:
        await window.opens("/")
        await window.page.evaluate(f"() => {{ {script} }}")
        deadline = time.monotonic() + SECONDS
        while not any(one.startswith(complaint) for one in window.complaints):
            assert time.monotonic() < deadline, window.complaints
            await asyncio.sleep(0.02)
        with pytest.raises(AssertionError):
            await window.check()
        assert await window.page.evaluate("window.ran === undefined")


async def test_axe_finds_what_some_cannot_read(window: Window) -> None:
    await window.opens("/")
    await window.page.evaluate("() => document.querySelectorAll('h1').forEach(h => h.style.color = '#999')")
    assert any(found.startswith("color-contrast") for found in await axe(window.page))


@pytest.mark.requires("npm")
async def test_html_that_is_wrong_is_found(html: Validator) -> None:
    assert await html.judge(
        '<!DOCTYPE html>\n<html lang="en"><head><title>A</title></head><p>x</div></html>\n'
    )
