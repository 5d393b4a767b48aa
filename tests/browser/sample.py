"""A forum that looks lived in: made-up people who garden, cook, mend and walk, and what they wrote
(`sample/*.toml`)."""

import tomllib
from pathlib import Path
from typing import Any
from uuid import UUID

from browser.archive import Archive, password_hash
from forum_client import PASSWORD

SAMPLE = Path(__file__).parent / "sample"
Table = dict[str, Any]

ADMIN, MODERATOR, MEMBER, SUSPENDED = "greta-holm", "marta", "sam-okafor", "bargain-barn"
LONG = "A valve radio that hums: let us mend it together"
"""27 messages, one of them deleted: two pages."""
LOCKED = "An apple tree that fruits every second year"
UNANSWERED = "The footbridge at the weir is closed until April"
WIDE = (
    "A very long title, because somebody will write one: notes on re-wiring a standing lamp whose switch is "
    "in the foot, whose cable is covered in cloth, and whose owner wants to keep both just as they were"
)


def sample() -> Archive:
    """All of it; everybody's password is PASSWORD."""
    archive = Archive()
    authors = {}
    for person in tables("people"):
        person |= {"hours": 24 * person.pop("days"), "password_hash": password_hash(PASSWORD)}
        authors[person["username"]] = archive.user(**person)
    for topic in tables("topics"):
        add_topic(archive, topic, authors)
    return archive


def add_topic(archive: Archive, topic: Table, authors: dict[str, UUID]) -> None:
    """One topic and its messages, which name what they answer by its number."""
    messages = topic.pop("messages", [])
    locked, edited = topic.pop("locked", False), topic.pop("edited", None)
    made = archive.topic(
        authors[topic.pop("author")],
        **topic,
        state="locked" if locked else "open",
        edited_at=None if edited is None else archive.at(edited),
    )
    there: list[UUID] = []
    for message in messages:
        answered = message.pop("reply_to", None)
        reply_to = None if answered is None else there[answered - 1]
        author = authors[message.pop("author")]
        there.append(archive.message(made, author, **message, reply_to=reply_to))


def tables(kind: str) -> list[Table]:
    """The tables of this kind in all files."""
    files = [tomllib.loads(file.read_text()) for file in sorted(SAMPLE.glob("*.toml"))]
    return [table for file in files for table in file.get(kind, [])]
