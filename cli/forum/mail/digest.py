"""A mail made ready for the forum: read, quoted into Markdown, rendered. This is what worker processes do."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType

from chassis.markdown import render
from forum.mail.quoting import quoted
from forum.mail.reading import Mail, NotAMail, read

LONGEST = 20.0  # seconds for one mail; a long one takes 0.5 s


@dataclass(frozen=True, slots=True)
class Digest:
    """`mail` without its text, which is in `body` as Markdown and in `html` rendered."""

    mail: Mail
    body: str
    html: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A mail that could not be read, and why."""

    reason: str


class TooSlow(BaseException):
    """A mail took longer than any mail should. No Exception: whoever catches those must not catch this."""


def digests(raws: list[bytes]) -> list[Digest | Unread]:
    """Each mail made ready, or why it could not be."""
    return [_digest(raw) for raw in raws]


def _digest(raw: bytes) -> Digest | Unread:
    try:
        with _at_most(LONGEST):
            mail = read(raw)
            body = quoted(mail.text)
            return Digest(replace(mail, text=""), body, render(body))
    except NotAMail as refusal:
        return Unread(str(refusal))
    except TooSlow:
        return Unread(f"not read within {LONGEST:g} s")


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow
