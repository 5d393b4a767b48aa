"""A browser of somebody's own, and all that goes wrong in it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from forum_client import Forum, Person
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    ViewportSize,
)

SECONDS = 10.0
WIDE, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
HERE = ("data", "blob", "about")  # schemes that ask nobody

# A report of the Content-Security-Policy as an error of the console, which it is in all pages and frames.
WATCH = """
document.addEventListener("securitypolicyviolation", event =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))
"""
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Window:
    """Pages that share cookies. `page` is the first of them; `complaints` is what went wrong in any: errors
    in the console, reports of the Content-Security-Policy, requests that failed or went elsewhere."""

    def __init__(self, forum: Forum, context: BrowserContext, page: Page) -> None:
        self.forum, self.context, self.page = forum, context, page
        self.complaints: list[str] = []
        self._expected: list[str] = []
        self._borne: list[str] = []
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)
        context.on("dialog", self._interrupted)

    def _said(self, message: ConsoleMessage) -> None:
        refused = message.text.startswith("Failed to load resource")  # which `_answered` says better
        if message.type in ("error", "warning") and not refused:
            self.complaints.append(
                f"{message.type}: {message.text} ({urlsplit(message.location['url']).path})"
            )

    async def _interrupted(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def _asked(self, request: Request) -> None:
        at = urlsplit(request.url)
        if at.scheme not in HERE and f"{at.scheme}://{at.netloc}" != self.forum.url:
            self.complaints.append(f"request to {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(
                f"{response.status} for {response.request.method} {urlsplit(response.url).path}"
            )

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page asked for and did not wait for
            self.complaints.append(f"{request.failure} for {request.method} {request.url}")

    def expects(self, complaint: str) -> None:
        """One complaint that begins so is part of the test, and has to come."""
        self._expected.append(complaint)

    def bears(self, complaint: str) -> None:
        """Complaints that begin so may come, any number of them."""
        self._borne.append(complaint)

    async def check(self) -> None:
        """Nothing went wrong but what was expected, which did."""
        for page in self.context.pages:
            await page.evaluate("0")  # what the page has said before has come
        left = [one for one in self.complaints if not one.startswith(tuple(self._borne))]
        for beginning in self._expected:
            found = next((one for one in left if one.startswith(beginning)), None)
            assert found is not None, f"{beginning!r} did not come; what came: {left}"
            left.remove(found)
        assert not left, left

    async def opens(self, path: str, status: int = 200) -> Response:
        """Go to a path of the forum, in the first page."""
        if status >= 400:
            self.expects(f"{status} for GET {urlsplit(path).path}")
        response = await self.page.goto(path)
        assert response is not None, path
        assert response.status == status, f"{path} answered {response.status}"
        return response

    async def logs_in(self, person: Person) -> None:
        """What the log-in form sends, without showing it."""
        form = CSRF.search(await (await self.context.request.get("/login")).text())
        assert form is not None, "the log-in page has no csrf token"
        fields = {"csrf": form[1], "username": person.username, "password": person.password}
        answer = await self.context.request.post("/login", form=fields, max_redirects=0)
        assert answer.status == 303, await answer.text()


@asynccontextmanager
async def opened(browser: Browser, forum: Forum, **how: Any) -> AsyncIterator[Window]:
    """A window with nothing in it yet; `how` is Playwright's (viewport, color_scheme …)."""
    context = await browser.new_context(base_url=forum.url, **how)
    context.set_default_timeout(SECONDS * 1000)
    await context.add_init_script(WATCH)
    window = Window(forum, context, await context.new_page())
    yield window
    await context.close()
