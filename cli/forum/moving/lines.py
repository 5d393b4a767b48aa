"""JSON Lines into the forum, through the three loaders."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from forum.mail.digest import Unread
from forum.mail.mbox import Damaged
from forum.mail.workers import Workers, workers
from forum.moving.jsonlines import lines, message_records, topic_records, user_records
from forum.moving.progress import Bars, Stage
from forum.moving.stores import Stores
from forum.moving.tally import Tally
from messages.loader import Record as Message
from messages.loader import load as load_messages
from topics.loader import Record as Topic
from topics.loader import load as load_topics
from users.loader import Record as User
from users.loader import load as load_users

AT_ONCE = 1000  # records in one transaction, and the rest of the last topic
LINES_AT_ONCE = 50  # to a worker

Record = TypeVar("Record", User, Topic, Message)
Written = TypeVar("Written", Topic, Message)


class Move:
    """One import of JSON Lines: where it goes, who works, what is counted."""

    def __init__(self, stores: Stores, processes: Workers, tally: Tally, bars: Bars) -> None:
        self.stores, self.processes, self.tally, self.bars = stores, processes, tally, bars
        self.here_as: dict[UUID, UUID] = {}  # users who are here, by address, under another id

    async def users(self, file: Path) -> None:
        """Loads users.jsonl."""
        async for batch in self.batches(file, user_records, lambda one, other: True):
            self.tally.loaded("users", len(batch), await load_users(self.stores.users, batch))
            there = await self.stores.users_there([user.id for user in batch])
            away = {user.email or user.external_id or "": user.id for user in batch if user.id not in there}
            same = await self.stores.user_ids(list(away))
            self.here_as |= {away[key]: id_ for key, id_ in same.items()}

    async def topics(self, file: Path) -> None:
        """Loads topics.jsonl; a topic without its author is left out."""
        async for batch in self.batches(file, topic_records, lambda one, other: True):
            kept = await self.with_authors(batch)
            self.tally.loaded("topics", len(kept), await load_topics(self.stores.topics, kept))

    async def messages(self, file: Path) -> None:
        """Loads messages.jsonl; a message without its author or its topic is left out."""
        async for batch in self.batches(
            file, message_records, lambda one, other: one.topic_id != other.topic_id
        ):
            written = await self.with_authors(batch)
            there = await self.stores.topics_there(list({message.topic_id for message in written}))
            kept = [message for message in written if message.topic_id in there]
            self.leave_out("messages of a topic that is not here", len(written) - len(kept))
            self.tally.loaded("messages", len(kept), await load_messages(self.stores.messages, kept))

    async def with_authors(self, batch: Sequence[Written]) -> list[Written]:
        """Those whose author is here, by the id that the author has here."""
        known = [
            record._replace(author_id=self.here_as.get(record.author_id, record.author_id))
            for record in batch
        ]
        there = await self.stores.users_there(list({record.author_id for record in known}))
        kept = [record for record in known if record.author_id in there]
        self.leave_out("texts of an author who is not here", len(batch) - len(kept))
        return kept

    def leave_out(self, reason: str, count: int) -> None:
        if count:
            self.tally.left_out[reason] += count

    async def batches(
        self,
        file: Path,
        records: Callable[[list[bytes]], list[Record | Unread]],
        may_part: Callable[[Record, Record], bool],
    ) -> AsyncIterator[list[Record]]:
        """Records of a file, AT_ONCE and more, up to the first two neighbours that `may_part`."""
        batch: list[Record] = []
        with self.bars.stage(file.name.partition(".")[0].capitalize(), size_of(file)) as stage:
            async for record in self.processes.map(records, self.raw_lines(file, stage), LINES_AT_ONCE):
                stage.counted()
                if isinstance(record, Unread):
                    self.tally.left_out[record.reason] += 1
                    continue
                if len(batch) >= AT_ONCE and may_part(batch[-1], record):
                    yield batch
                    batch = []
                batch.append(record)
            if batch:
                yield batch

    def raw_lines(self, file: Path, stage: Stage) -> Iterator[bytes]:
        try:
            yield from lines(file, stage.reached)
        except Damaged as damaged:
            self.tally.damaged.append(str(damaged))


def size_of(file: Path) -> int:
    """Bytes on disk."""
    return file.stat().st_size


async def import_lines(stores: Stores, files: Mapping[str, Sequence[Path]], tally: Tally, bars: Bars) -> None:
    """The files by kind (users, topics, messages), in the order in which one refers to the other. OSError,
    Problem."""
    if not any(files.values()):
        return
    with workers() as processes:
        move = Move(stores, processes, tally, bars)
        for kind, load in (("users", move.users), ("topics", move.topics), ("messages", move.messages)):
            for file in files.get(kind, ()):
                await load(file)
