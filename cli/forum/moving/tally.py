"""The count at the end of an import: what came in and, by reason, what did not."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

KINDS = ("users", "topics", "messages")


@dataclass(slots=True)
class Tally:
    """Counts by kind, and by reason in the words that people read."""

    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    made_up: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)  # files that could not be read to their end

    def loaded(self, kind: str, given: int, new: int) -> None:
        """So many records of a kind were given to its loader, and so many of them were new."""
        self.new[kind] += new
        self.known[kind] += given - new

    def lines(self) -> Iterator[str]:
        """The count as people read it."""
        for kind in KINDS:
            yield f"{kind:<9}{self.new[kind]:>9,} new {self.known[kind]:>9,} already here"
        yield from _listed("Not imported:", self.left_out)
        yield from self.damaged
        yield from _listed("Made up, for it was missing or could not be read:", self.made_up)


def _listed(title: str, counts: Counter[str]) -> Iterator[str]:
    if counts:
        yield title
        yield from (f"  {count:>9,} {reason}" for reason, count in counts.most_common())
