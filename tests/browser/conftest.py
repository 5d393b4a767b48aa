"""Chromium, and a forum that looks lived in, which the tests of pages have for themselves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from browser.archive import forum_of
from browser.chromium import chromium
from browser.judges import Validator, validator
from browser.pages import Places
from browser.sample import ADMIN, sample
from browser.window import SECONDS, Window, opened
from forum_client import PASSWORD, Forum, Json, Person
from playwright.async_api import Browser, expect
from running import DATABASES, Running

OpenWindow = Callable[..., Awaitable[Window]]
expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="session")
def deployments() -> dict[str, Running]:
    """What `forum` has started, by topology."""
    return {}


@pytest.fixture(scope="session")
async def forum(
    request: pytest.FixtureRequest,
    deployments: dict[str, Running],
    fresh_database: Callable[[], Awaitable[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Forum]:
    """A forum with the sample in it, and nothing of other tests."""
    topology: str = request.param
    if topology not in DATABASES:
        pytest.skip("needs a forum of its own, not FORUM_URL")
    databases = {name: await fresh_database() for name in DATABASES[topology]}
    with forum_of(sample(), topology, databases, tmp_path_factory.mktemp(topology)) as (running, forum):
        forum.admin = (ADMIN, PASSWORD)
        deployments[topology] = running
        yield forum


@pytest.fixture
def running(forum: Forum, deployments: dict[str, Running]) -> Running:
    """The processes of the forum."""
    return deployments[forum.name]


@pytest.fixture(scope="session")
def places(forum: Forum) -> Places:
    """Where things of the sample are."""
    return Places(forum)


@pytest.fixture
def ada(forum: Forum) -> Person:
    return forum.register("ada")


@pytest.fixture
def topic(ada: Person) -> Json:
    topic = ada.starts_topic("Frogs in the pond")
    ada.replies(topic, "The first of this year.")
    return topic


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture(scope="session")
async def html() -> AsyncIterator[Validator]:
    """html-validate, which judges the HTML of a page."""
    async with validator() as running:
        yield running


@pytest.fixture
async def window(open_window: OpenWindow) -> Window:
    """A guest's."""
    return await open_window()


@pytest.fixture
async def open_window(browser: Browser, forum: Forum) -> AsyncIterator[OpenWindow]:
    """`await open_window(person)`: a browser of that person, logged in, or of a guest. When the test ends,
    none may have complained of anything that it did not expect."""
    windows: list[Window] = []
    async with AsyncExitStack() as stack:

        async def open_one(person: Person | None = None, **how: Any) -> Window:
            window = await stack.enter_async_context(opened(browser, forum, **how))
            windows.append(window)
            if person is not None:
                await window.logs_in(person)
            return window

        yield open_one
        for window in windows:
            await window.check()
