"""Mail files read into one archive: each mail once, whatever files it stands in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from forum.mail.digest import Digest, Unread, digests
from forum.mail.mbox import Damaged, mails
from forum.mail.reading import Mail
from forum.mail.spill import Kept, Spill
from forum.mail.threads import NEVER
from forum.mail.workers import Workers
from forum.moving.progress import Bars, Stage
from forum.moving.tally import Tally

AT_ONCE = 50  # mails to a worker


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail, and where its text waits."""

    mail: Mail
    text: Kept


class Archive:
    """The mails by Message-ID. Of copies the earliest stays, so that the order of files changes nothing."""

    def __init__(self, spill: Spill) -> None:
        self.entries: dict[str, Entry] = {}
        self._spill = spill

    def text(self, message_id: str) -> tuple[str, str]:
        """Body (Markdown) and HTML."""
        return self._spill.get(self.entries[message_id].text)

    def add(self, digest: Digest) -> bool:
        """False for a further copy."""
        id_ = digest.mail.message_id
        there = self.entries.get(id_)
        if there is None or _rank(digest.mail, digest.body) < _rank(there.mail, self.text(id_)[0]):
            self.entries[id_] = Entry(digest.mail, self._spill.keep(digest.body, digest.html))
        return there is None


def _rank(mail: Mail, body: str) -> tuple[object, ...]:
    return mail.date or NEVER, mail.subject, mail.address, mail.name, mail.references, body


async def read_archive(
    files: Sequence[Path], processes: Workers, spill: Spill, tally: Tally, bars: Bars
) -> Archive:
    """Everything in the files; what cannot be read is in the tally by reason. OSError."""
    archive = Archive(spill)
    with bars.stage("Mails", sum(file.stat().st_size for file in files)) as stage:
        async for result in processes.map(digests, _raw_mails(files, tally, stage), AT_ONCE):
            stage.counted()
            if isinstance(result, Unread):
                tally.left_out[result.reason] += 1
            elif not archive.add(result):
                tally.left_out["further copies of a Message-ID"] += 1
    for entry in archive.entries.values():
        tally.made_up.update(entry.mail.made_up)
    return archive


def _raw_mails(files: Sequence[Path], tally: Tally, stage: Stage) -> Iterator[bytes]:
    before = 0
    for file in files:
        try:
            yield from mails(file, lambda read, before=before: stage.reached(before + read))  # type: ignore[misc]
        except Damaged as damaged:
            tally.damaged.append(str(damaged))
        before += file.stat().st_size
