"""Ids and usernames that come out the same at every import of the same mail."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OTHER = re.compile(r"[^A-Za-z0-9_-]+")
SHORTEST, LONGEST = 3, 30  # characters of a username
TAKEN = {"deleted"}  # what a deleted account is called


def stable_id(kind: str, name: str, time: datetime | None = None) -> UUID:
    """A UUID of version 7 whose time is `time` (1970 without one) and whose other 74 bits hash kind and name.

    `kind` is what the id is of: "topic", "message" or "user"; `name` a Message-ID or who a user is.
    """
    milliseconds = (time - EPOCH).total_seconds() * 1000 if time else 0
    digest = int.from_bytes(sha256(f"forum:{kind}:{name}".encode()).digest())
    random_a, random_b = digest & 0xFFF, digest >> 12 & (1 << 62) - 1
    return UUID(int=int(milliseconds) << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b)


def usernames(wish: str, who: str) -> Iterator[str]:
    """Names for somebody who would like to be called `wish`, best first: it alone, then with more and more of
    a hash of `who` behind it. Each is a valid username; the last one is nobody else's."""
    plain = unicodedata.normalize("NFKD", wish).encode("ascii", "ignore").decode()
    name = OTHER.sub("-", plain).strip("-_")
    if SHORTEST <= len(name) <= LONGEST and name.lower() not in TAKEN:
        yield name
    digest = sha256(who.encode()).hexdigest()
    for length in (4, 8, 16):
        yield f"{name[: LONGEST - length - 1] or 'user'}-{digest[:length]}"
