"""What a page costs its readers, and that it comes from one place. (That nothing comes from elsewhere, every
window sees to.)"""

import pytest
from browser.conftest import OpenWindow
from browser.window import Window
from forum_client import Forum, Json
from playwright.async_api import Response

pytestmark = pytest.mark.requires("chromium")

KB = 1000  # bytes, uncompressed
TOPIC_PAGE = 60 * KB  # beyond the texts themselves
STYLE_AND_SCRIPTS = 30 * KB


@pytest.fixture
def topic(forum: Forum) -> Json:
    """A topic with a page full of messages."""
    ada = forum.register("ada")
    topic = ada.starts_topic("A full page", "Its text. " * 20)
    for number in range(20):
        ada.replies(topic, f"Message {number}: " + "the quick brown fox jumps over the lazy dog. " * 8)
    return topic


async def test_a_page_of_twenty_messages_is_light(open_window: OpenWindow, forum: Forum, topic: Json) -> None:
    window = await open_window(forum.register("reader"))
    sizes = await weigh(window, f"/topics/{topic['id']}")
    texts = sum(len(message["html"].encode()) for message in forum.reads(topic)) + len(topic["html"].encode())
    assert await window.page.locator("#messages article").count() == 20
    assert sum(sizes.values()) - texts <= TOPIC_PAGE, sizes
    assets = sum(size for path, size in sizes.items() if path.endswith((".css", ".js")))
    assert 0 < assets <= STYLE_AND_SCRIPTS, sizes


async def weigh(window: Window, path: str) -> dict[str, int]:
    """The bytes of each answer that a page needs to be shown, by its path."""
    answers: list[Response] = []
    window.context.on("response", lambda answer: answers.append(answer))
    await window.opens(path)
    return {
        answer.url.removeprefix(window.forum.url): len(await answer.body())
        for answer in answers
        if not answer.headers.get("content-type", "").startswith("text/event-stream")
    }
