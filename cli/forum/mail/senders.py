"""The people of an archive: one for each address, or for each display name where a list hid the address."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from forum.mail.reading import Mail

LONGEST_NAME = 60  # code points of a display name
NOBODY = "Unknown sender"


@dataclass(slots=True)
class Sender:
    """Somebody who wrote mails. Either `email` or `external_id` tells who."""

    email: str | None
    external_id: str | None
    wish: str  # for a username
    since: datetime
    mails: int = 0
    names: Counter[str] = field(default_factory=Counter)

    @property
    def key(self) -> str:
        return self.email or self.external_id or ""

    def display_name(self, username: str) -> str:
        """The name that stands on most of the mails, else the username."""
        name = max(self.names, key=lambda name: (self.names[name], name), default=username)
        return name[:LONGEST_NAME].strip() or username


def key_of(mail: Mail) -> str:
    """Who wrote the mail: the address, else a hash of the display name."""
    return mail.address or external_id(mail.name or NOBODY)


def external_id(name: str) -> str:
    """Hashed, since the name is all that says who somebody is."""
    return sha256(f"display name: {name.casefold()}".encode()).hexdigest()


def senders(mails: Iterable[tuple[Mail, datetime]]) -> list[Sender]:
    """Who wrote the mails, each given with its time; those who wrote most first."""
    found: dict[str, Sender] = {}
    for mail, time in mails:
        key = key_of(mail)
        sender = found.get(key)
        if sender is None:
            sender = found[key] = Sender(
                email=mail.address or None,
                external_id=None if mail.address else key,
                wish=mail.address.partition("@")[0] or mail.name or "unknown",
                since=time,
            )
        sender.since = min(sender.since, time)
        sender.mails += 1
        if mail.name or not mail.address:
            sender.names[mail.name or NOBODY] += 1
    return sorted(found.values(), key=lambda sender: (-sender.mails, sender.since, sender.key))
