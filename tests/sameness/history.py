"""The whole history, chapter by chapter, and what it showed."""

from dataclasses import dataclass, field
from traceback import format_exc

from sameness import accounts, edges, moderating, texts
from sameness.lockstep import Lockstep

CHAPTERS = [chapter for part in (accounts, moderating, texts, edges) for chapter in part.CHAPTERS]


@dataclass
class History:
    """What each chapter showed: reports of steps that differ; and all that was asked."""

    different: dict[str, list[str]] = field(default_factory=dict)
    seen: list[tuple[str, str, str]] = field(default_factory=list)


def lived(both: Lockstep) -> History:
    """All chapters, one after the other on the same two forums; one that breaks off does not end it."""
    history = History()
    both.begin()
    for chapter in CHAPTERS:
        both.different = []
        try:
            chapter(both)
        except Exception:
            both.different.append(f"breaks off: {format_exc(limit=-3)}")
        history.different[chapter.__name__] = both.different
    history.seen = both.seen
    return history
