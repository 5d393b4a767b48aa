"""Pictures of every page with the sample in the forum: light and dark, wide and as on a phone.

`make screenshots` writes them into `.screenshots`.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
from browser.archive import forum_of
from browser.chromium import chromium
from browser.pages import PAGES, Page, Places
from browser.sample import sample
from browser.window import PHONE, WIDE, Window, opened
from forum_client import Forum
from playwright.async_api import Browser

from forum.hosting.embedded import Server, running

FOLDER = Path(__file__).parents[2] / ".screenshots"
SIZES = {"wide": WIDE, "phone": PHONE}


@contextmanager
def passable_folder() -> Iterator[Path]:
    """A folder for a server's data that other users can pass: as root, PostgreSQL runs as one of them."""
    with tempfile.TemporaryDirectory(prefix="forum-screenshots-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@asynccontextmanager
async def forum_to_show(folder: Path) -> AsyncIterator[Forum]:
    """A monolith on a PostgreSQL of its own, with the sample in it."""
    server = Server(folder / "postgres", throwaway=True)
    async with running(server, folder / "postgres.log"):
        connection = await asyncpg.connect(server.url("postgres"))
        await connection.execute("CREATE DATABASE pictured")
        await connection.close()
        databases = {"monolith": server.url("pictured")}
        with forum_of(sample(), "monolith", databases, folder) as (_, forum):
            yield forum


async def picture(browser: Browser, forum: Forum) -> int:
    """Pictures of all pages; how many."""
    places, taken = Places(forum), 0
    people = {who: forum.log_in(who) if who else None for who in {page.who for page in PAGES}}
    for size, viewport in SIZES.items():
        for who, person in people.items():
            async with opened(browser, forum, viewport=viewport, reduced_motion="reduce") as window:
                if person is not None:
                    await window.logs_in(person)
                for page in [page for page in PAGES if page.who == who]:
                    await shoot(window, page, places, size)
                    taken += 2
    return taken


async def shoot(window: Window, page: Page, places: Places, size: str) -> None:
    """Both pictures of a page at this size."""
    await window.opens(page.path.format_map(places), page.status)
    for scheme in ("light", "dark"):
        await window.page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        await window.page.screenshot(path=FOLDER / f"{page.name}-{size}-{scheme}.png", full_page=True)


async def main(folder: Path) -> None:
    async with forum_to_show(folder) as forum, chromium() as browser:
        taken = await picture(browser, forum)
    sys.stdout.write(f"{taken} pictures are in {FOLDER}\n")


if __name__ == "__main__":
    with passable_folder() as folder:
        asyncio.run(main(folder))
