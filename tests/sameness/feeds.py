"""Whether the feeds of the split have brought what was written, and how long that took.

What one service knows of another's writes may lag by 2 s in the split and never does in the monolith. So a
step that needs such knowledge is taken once the feeds have caught up, and neither side is asked twice.
"""

import time
from dataclasses import dataclass, field
from statistics import median

from forum_client.waiting import ACROSS_SERVICES
from sameness.databases import Databases

from chassis.changes import parse_cursor
from messages.feeds import ACTIVITY
from topics.feeds import TOPICS
from users.feeds import AUTHORS

FEEDS = {
    ("users", "topics"): AUTHORS,
    ("users", "messages"): AUTHORS,
    ("topics", "messages"): TOPICS,
    ("messages", "topics"): ACTIVITY,
}  # by who publishes and who follows
PAUSE = 0.002


@dataclass
class Written:
    """When the last write was answered that a feed has yet to bring, and whether all of them only added."""

    at: float
    only_added: bool


@dataclass
class Feeds:
    """`waits`: by feed, how many seconds each step waited that needed it; mostly 0."""

    databases: Databases
    patience: float = ACROSS_SERVICES
    waits: dict[str, list[float]] = field(default_factory=dict)
    _pending: dict[tuple[str, str], Written] = field(default_factory=dict)

    def written(self, service: str, *, only_added: bool) -> None:
        """A write was answered. `only_added`: it changed nothing that was there."""
        for feed in FEEDS:
            if feed[0] == service:
                before = self._pending.get(feed)
                only = only_added and (before is None or before.only_added)
                self._pending[feed] = Written(time.monotonic(), only)

    def settle(self, service: str, *, at_once: bool = False) -> None:
        """Wait until a service knows what it needs; `web` needs all. `at_once`: additions elsewhere are not
        waited for, since it must get along without."""
        for feed, written in list(self._pending.items()):
            if service in (feed[1], "web") and not (at_once and written.only_added):
                self._wait(feed, written.at)
                del self._pending[feed]

    def settle_all(self) -> None:
        self.settle("web")

    def _wait(self, feed: tuple[str, str], written_at: float) -> None:
        head, began = self._head(feed), time.monotonic()
        waited = 0.0
        while self._position(feed) < head:
            late = time.monotonic() - written_at
            assert late < self.patience, f"what {feed[0]} wrote had not reached {feed[1]} after {late:.1f} s"
            time.sleep(PAUSE)
            waited = time.monotonic() - began
        self.waits.setdefault(" → ".join(feed), []).append(waited)

    def _head(self, feed: tuple[str, str]) -> tuple[int, str]:
        """Where the feed ends now: stamp and key of the row that changed last."""
        of = FEEDS[feed]
        newest = f"""
            SELECT changed::text || ':' || {of.key} FROM {of.schema}.{of.table}
            ORDER BY changed DESC, {of.key} DESC LIMIT 1
        """
        stamp, _, key = (self.databases.value(feed[0], newest) or "0:").partition(":")
        return int(stamp), key

    def _position(self, feed: tuple[str, str]) -> tuple[int, str]:
        """How far the follower has come."""
        cursor = f"SELECT cursor FROM {feed[1]}.feed_cursors WHERE relation = $1"
        _, stamp, key = parse_cursor(self.databases.value(feed[1], cursor, FEEDS[feed].relation) or ":0:")
        return int(stamp), key

    def summary(self) -> list[str]:
        """A line for each feed that was needed."""
        return [_summary(feed, sorted(waits)) for feed, waits in sorted(self.waits.items())]


def _summary(feed: str, waits: list[float]) -> str:
    middle, most, longest = (
        f"{1000 * seconds:.0f} ms" for seconds in (median(waits), waits[len(waits) * 99 // 100], waits[-1])
    )
    waited = sum(map(bool, waits))
    return f"{feed}: {len(waits)} needed it, {waited} waited; median {middle}, 99 % {most}, longest {longest}"
