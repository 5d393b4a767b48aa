"""The forum into three files of JSON Lines, which `forum import` reads again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from chassis.database import Database
from forum.errors import Refused
from forum.moving.jsonlines import FILES, line
from forum.moving.progress import Bars
from forum.moving.stores import Stores

AT_ONCE = 500  # rows from the server's cursor
USERS = """
    SELECT id, username, display_name, bio, role, state, email, external_id, password_hash, created_at,
        reserved_name
    FROM users.users ORDER BY id
"""
TOPICS = """
    SELECT id, author_id, title, body, tags, pinned, state, created_at, edited_at
    FROM topics.topics ORDER BY id
"""
# By time, not by number: so an import gives them the numbers in which they come.
MESSAGES = """
    SELECT id, topic_id, author_id, body, reply_to, created_at, edited_at, deleted_at IS NOT NULL AS deleted
    FROM messages.messages ORDER BY topic_id, created_at, id
"""


async def export(stores: Stores, folder: Path, bars: Bars) -> None:
    """Writes users, topics and messages into a new or empty folder. Raises Refused, OSError.

    What refers is read before what it refers to, each from one snapshot, so that no author and no topic is
    missing while people write.
    """
    with appearing(folder) as part:
        await _write(part / "messages.jsonl", stores.messages, MESSAGES, bars)
        await _write(part / "topics.jsonl", stores.topics, TOPICS, bars)
        await _write(part / "users.jsonl", stores.users, USERS, bars)


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `folder` when the block ends well. For its owner only: password hashes
    come into it."""
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not an empty folder: choose another one")
    part = folder.with_name(f"{folder.name}.part")
    if part.exists():  # of an export that was stopped
        for name in FILES:
            (part / name).unlink(missing_ok=True)
        part.rmdir()
    part.mkdir(mode=0o700, parents=True)
    yield part
    part.rename(folder)


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A new file, on the disk when the block ends."""
    owner_only = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(owner_only, "w", encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


async def _write(path: Path, database: Database, query: str, bars: Bars) -> None:
    with written(path) as file:
        async with (
            database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            total = await connection.fetchval(f"SELECT count(*) FROM ({query}) AS rows")
            with bars.stage(path.stem.capitalize(), total) as stage:
                async for row in connection.cursor(query, prefetch=AT_ONCE):
                    file.write(line(row))
                    stage.more()
