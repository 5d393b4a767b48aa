"""Browsers without a window: what people send by the pages, on real forums."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from forum_client import PASSWORD, Forum, unique
from running import DATABASES
from visiting.browser import Browser

OpenBrowser = Callable[..., Browser]


@pytest.fixture
def open_browser(forum: Forum) -> Iterator[OpenBrowser]:
    """Another browser, which asks from this address of the machine."""
    if forum.name not in DATABASES:
        pytest.skip("needs a forum of its own, not FORUM_URL")
    with ExitStack() as opened:
        yield lambda address="127.0.0.1": opened.enter_context(Browser(forum.url, address))


@pytest.fixture
def browser(open_browser: OpenBrowser) -> Browser:
    """A visitor's."""
    return open_browser()


@pytest.fixture
def ada(browser: Browser) -> str:
    """The name of a member who has just registered in `browser`."""
    username = unique("ada")
    browser.sends("/register", username=username, password=PASSWORD)
    assert browser.user == username
    return username
