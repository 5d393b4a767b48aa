"""Whatever people write, nothing of it becomes part of a page but text, and no script of theirs runs.

With `--cases N` of N texts, else of a few; each is a title, a body, a display name and a bio.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID
from xml.etree import ElementTree

import pytest
from browser.archive import Archive, forum_of, password_hash
from browser.conftest import OpenWindow
from browser.window import Window
from forum_client import PASSWORD, Forum
from fuzzing.hostile import OWN, some
from playwright.async_api import Page, expect
from running import DATABASES

pytestmark = pytest.mark.requires("chromium")

FEW = 800
PAGE = 20
TABS = 3  # that load pages at once
WRITER = "writer"
# What a page of ours has nowhere: elements that run, load or restyle, and attributes that do.
FOREIGN = """() => {
    const leads = new Set(["href", "src", "action", "formaction", "xlink:href", "poster"]);
    const harmless = new Set(["http:", "https:", "mailto:"]);
    const wrong = ({localName, attributes}, element) =>
        /^(style|iframe|frame|object|embed|base|svg|math|template|video|audio|marquee)$/.test(localName)
        || /^(script|link|meta)$/.test(localName) && element.closest("body") !== null && !element.src
        || /^(script|link)$/.test(localName)
            && new URL(element.src || element.href, location).origin !== location.origin
        || element.httpEquiv
        || [...attributes].some(({name, value}) => /^on|^style$|^srcdoc$/.test(name)
            || leads.has(name) && URL.canParse(value, location)
                && !harmless.has(new URL(value, location).protocol));
    return [...document.querySelectorAll("*")].filter(element => wrong(element, element))
        .map(element => element.outerHTML.slice(0, 300));
}"""


@dataclass
class Hostile:
    """A forum of hostile texts: paths of its topics with many messages, and of what a writer may change."""

    archive: Archive
    texts: list[str]
    threads: list[UUID]
    topics: list[UUID]
    messages: list[UUID]


def hostile(texts: list[str]) -> Hostile:
    """Everybody is called by a text and tells of himself in it; twenty answer one another in each topic; each
    text is a title; of our own texts each is also a topic and a message of one whom we know."""
    made = Hostile(Archive(), texts, [], [], [])
    archive = made.archive
    people = [archive.user(f"x{number:05}", text, 1000, bio=text) for number, text in enumerate(texts)]
    writer = archive.user(WRITER, OWN[0], 1000, password_hash=password_hash(PASSWORD))
    for number, (author, text) in enumerate(zip(people, texts, strict=True)):
        if number % PAGE == 0:
            made.threads.append(archive.topic(author, text, text, 900))
            earlier = None
        earlier = archive.message(made.threads[-1], author, text, 800 - number / 1000, reply_to=earlier)
        archive.topic(author, text, "Its text.", 700, tags=["titles"])
    for text in OWN:
        made.topics.append(archive.topic(writer, text, text, 600))
        made.messages.append(archive.message(made.topics[-1], writer, text, 500))
    return made


@pytest.fixture(scope="session")
def made(request: pytest.FixtureRequest) -> Hostile:
    cases: int = request.config.getoption("--cases")
    return hostile([text for text in some(max(FEW, cases)) if text.strip() and is_utf8(text)])


def is_utf8(text: str) -> bool:
    return text.encode(errors="ignore").decode() == text


@pytest.fixture(scope="session")
async def forum(
    request: pytest.FixtureRequest,
    made: Hostile,
    fresh_database: Callable[[], Awaitable[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Forum]:
    """A forum in which everybody means ill."""
    topology: str = request.param
    if topology not in DATABASES:
        pytest.skip("needs a forum of its own, not FORUM_URL")
    databases = {name: await fresh_database() for name in DATABASES[topology]}
    with forum_of(made.archive, topology, databases, tmp_path_factory.mktemp(topology)) as (_, forum):
        yield forum


async def walk(window: Window, paths: Iterable[str]) -> None:
    """Load every page, a few at once; none may hold what is foreign, and nothing may run."""
    left = iter(paths)
    await asyncio.gather(
        *[look(window, page, left) for page in [await window.context.new_page() for _ in range(TABS)]]
    )
    window.complaints = [said for said in window.complaints if not said.startswith("4")]  # 404 and such


async def look(window: Window, page: Page, paths: Iterator[str]) -> None:
    for path in paths:
        await page.goto(path)
        foreign = await page.evaluate(FOREIGN)
        assert not foreign, f"{path}: {foreign}"
        assert not [said for said in window.complaints if not said.startswith("4")], path


def cursors(forum: Forum, path: str, **params: str) -> Iterator[str]:
    """The query of each page of a list."""
    yield ""
    yield from (f"?cursor={page['next']}" for page in forum.pages(path, limit=PAGE, **params) if page["next"])


async def test_bodies_and_names_in_topics(window: Window, made: Hostile) -> None:
    await walk(window, [f"/topics/{id_}" for id_ in made.threads])


async def test_titles_in_lists(window: Window, forum: Forum) -> None:
    await walk(window, (f"/tags/titles{query}" for query in cursors(forum, "/api/topics", tag="titles")))


async def test_names_among_people(window: Window, forum: Forum) -> None:
    await walk(window, (f"/users{query}" for query in cursors(forum, "/api/users")))


async def test_profiles(window: Window, made: Hostile) -> None:
    ours = [f"x{made.texts.index(text):05}" for text in OWN if text in made.texts]
    paths = [f"/users/{name}{more}" for name in ours for more in ("", "/topics", "/messages")]
    if len(made.texts) > FEW:
        paths += [f"/users/x{number:05}" for number in range(len(made.texts))]
    await walk(window, paths)


async def test_feeds(window: Window, forum: Forum, made: Hostile) -> None:
    for path in (
        "/feed.xml",
        "/tags/titles/feed.xml",
        *(f"/topics/{id_}/feed.xml" for id_ in made.threads[:9]),
    ):
        ElementTree.fromstring(forum.get(path).content)  # noqa: S314  ours
        await window.opens(path)


async def test_forms_hold_what_was_written(open_window: OpenWindow, forum: Forum, made: Hostile) -> None:
    window = await open_window(forum.log_in(WRITER))
    paths = []
    for topic, message in zip(made.topics, made.messages, strict=True):
        paths += [f"/topics/{topic}/{form}" for form in ("edit", "delete", f"reply?to={message}&quote=1")]
        paths += [f"/messages/{message}/{form}" for form in ("edit", "delete")]
    await walk(window, paths)


async def test_addresses_that_hold_texts(window: Window) -> None:
    held = [quote(text, safe="", errors="ignore") for text in OWN]
    addresses = (
        "/search?q={}",
        "/search?in=messages&q={}",
        "/users?q={}",
        "/login?next={}",
        "/login?next=/{}",
    )
    await walk(window, [address.format(text) for text in held for address in addresses])


async def test_previews(open_window: OpenWindow, forum: Forum, made: Hostile) -> None:
    window = await open_window(forum.log_in(WRITER))
    for message in made.messages:
        await window.opens(f"/messages/{message}/edit")
        await window.page.get_by_role("button", name="Preview").click()
        await expect(window.page.locator(".preview .text")).to_be_visible()
        assert not await window.page.evaluate(FOREIGN)


async def test_replies_that_arrive_while_one_reads(window: Window, forum: Forum) -> None:
    writer = forum.register("writer", display_name=OWN[0])
    topic = writer.starts_topic()
    await window.opens(f"/topics/{topic['id']}")
    for text in OWN[:PAGE]:
        writer.replies(topic, text)
    await window.page.get_by_role("link", name=f"{PAGE} new messages").click()
    await expect(window.page.locator("#messages article")).to_have_count(PAGE)
    assert not await window.page.evaluate(FOREIGN)
