"""An empty forum to import into, without its processes."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.database import Database, sql
from forum.moving.export import export
from forum.moving.lines import import_lines
from forum.moving.mail import import_mail
from forum.moving.progress import bars
from forum.moving.stores import Stores
from forum.moving.tally import Tally
from forum.transfer import sorted_out

CONTENT = {
    "users": "SELECT * FROM users.users ORDER BY id",
    "topics": """
        SELECT id, author_id, title, body, html, tags, pinned, state, created_at, edited_at
        FROM topics.topics ORDER BY id
    """,
    "messages": """
        SELECT id, topic_id, number, author_id, body, html, reply_to, created_at, edited_at,
            deleted_at IS NULL AS remains
        FROM messages.messages ORDER BY topic_id, number
    """,
    "activity": "SELECT * FROM messages.activity ORDER BY topic_id",
}
STAMPS = {"changed", "version"}


@dataclass
class EmptyForum:
    """Databases with schemas and nothing in them."""

    stores: Stores
    environment: dict[str, str]  # for the command

    async def bring_in(self, *files: Path) -> Tally:
        """Imports the files."""
        tally = Tally()
        mail, ours = sorted_out(files)
        with bars() as shown:
            await import_lines(self.stores, ours, tally, shown)
            await import_mail(self.stores, mail, tally, shown)
        return tally

    async def take_out(self, folder: Path) -> dict[str, str]:
        """Exports into the folder; its files."""
        with bars() as shown:
            await export(self.stores, folder, shown)
        return contents(folder)

    async def content(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that an import writes, in an order of its own."""
        found = {}
        for name, query in CONTENT.items():
            database: Database = getattr(self.stores, "messages" if name == "activity" else name)
            rows = await database.all(sql(query))
            found[name] = [{k: v for k, v in row.items() if k not in STAMPS} for row in rows]
        return found


def contents(folder: Path) -> dict[str, str]:
    """The text of each file in a folder."""
    return {path.name: path.read_text() for path in folder.iterdir()}


OpenForum = Callable[[], AbstractAsyncContextManager[EmptyForum]]
