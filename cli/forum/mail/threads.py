"""Threads: which mails belong together, which of them is the first, and what each one answers.

Works on ids alone, so that it does not matter in which order, or in which files, the mails stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from forum.mail.reading import Mail

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)  # of a mail in whose whole thread no time is known
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Post:
    """A mail in its place."""

    mail: Mail
    time: datetime
    answers: Mail | None  # the parent, when it is there


@dataclass(frozen=True, slots=True)
class Thread:
    """A topic to be: its first mail, and the others in order of time."""

    first: Post
    others: tuple[Post, ...]

    @property
    def posts(self) -> tuple[Post, ...]:
        return (self.first, *self.others)


def threads(mails: Sequence[Mail]) -> list[Thread]:
    """The threads of mails with distinct Message-IDs, oldest first mail first.

    Mails are of one thread when their References and In-Reply-To join them, be it by the id of a mail that is
    not there. The first is the earliest that answers none of the others: a clock is wrong more often than a
    reference.
    """
    joined = _Sets()
    for mail in mails:
        for reference in mail.references:
            joined.join(mail.message_id, reference)
    groups: dict[str, list[Mail]] = {}
    for mail in mails:
        groups.setdefault(joined.of(mail.message_id), []).append(mail)
    found = [_thread(group) for group in groups.values()]
    return sorted(found, key=lambda thread: (thread.first.time, thread.first.mail.message_id))


def _thread(group: list[Mail]) -> Thread:
    by_id = {mail.message_id: mail for mail in group}
    earliest = min((mail.date for mail in group if mail.date), default=UNKNOWN)
    posts = []
    for mail in group:
        parent = by_id.get(mail.parent_id or "")
        time = mail.date or (parent.date if parent else None) or earliest
        posts.append(Post(mail, time, parent))
    first = min(posts, key=lambda post: (post.answers is not None, *_by_time(post)))
    others = sorted((post for post in posts if post is not first), key=_by_time)
    return Thread(first, tuple(others))


def _by_time(post: Post) -> tuple[datetime, datetime, str]:
    return post.time, post.mail.date or NEVER, post.mail.message_id


class _Sets:
    """Disjoint sets of ids (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, id_: str) -> str:
        above = self._above
        while (up := above.setdefault(id_, id_)) != id_:
            above[id_] = above[up]
            id_ = up
        return id_

    def join(self, one: str, other: str) -> None:
        self._above[self.of(one)] = self.of(other)
