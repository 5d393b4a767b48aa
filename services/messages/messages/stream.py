"""Live streams: the messages of a topic as Server-Sent Events, from one poll for all who watch."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import groupby
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Response
from starlette.types import Receive, Scope, Send

from chassis.answers import encode
from chassis.database import Database, sql
from messages import schemas
from messages.reading import SHOWN

HEARTBEAT_SECONDS = 15.0
SEND_SECONDS = 10.0  # a client that takes nothing for so long is dropped, before a stop would wait for it
BACKLOG = 200  # events that wait for a slow client; the next are read again when it has taken these
PAGE = 100
POLL_SECONDS = 5.0  # at the latest; a write wakes the poll earlier
COMMENT = b":\n\n"

# What is above the number that a topic's readers have; a row without a message says that the topic is gone.
NEWS = sql(f"""
    SELECT watched.topic AS watched, {", ".join(f"messages.{column.name}" for column in SHOWN)},
        authors.username, authors.display_name
    FROM unnest(CAST(:topics AS uuid[]), CAST(:after AS integer[])) AS watched (topic, after)
    LEFT JOIN messages.topics ON topics.id = watched.topic
    LEFT JOIN messages.activity ON activity.topic_id = watched.topic
    LEFT JOIN LATERAL (
        SELECT * FROM messages.messages
        WHERE topic_id = watched.topic AND number > watched.after AND deleted_at IS NULL
          AND activity.last_number > watched.after AND topics.state <> 'deleted'
        ORDER BY number LIMIT {PAGE}
    ) AS messages ON true
    LEFT JOIN messages.authors ON authors.id = messages.author_id
    WHERE topics.state = 'deleted' OR messages.id IS NOT NULL
    ORDER BY watched.topic, messages.number
""")


def frame(row: Mapping[str, Any]) -> bytes:
    """One event: `id` is the message's number."""
    return b"id: %d\nevent: message\ndata: %b\n\n" % (row["number"], encode(schemas.message(row)))


class Reader:
    """One open stream. `position` is the number of the last message in its backlog."""

    def __init__(self, topic: UUID, position: int, wake: Callable[[], None]) -> None:
        self.topic, self.position, self._wake = topic, position, wake
        self.is_open = True
        self._backlog: deque[bytes] = deque()
        self._moved = asyncio.Event()

    @property
    def has_room(self) -> bool:
        """Whether it takes more now."""
        return len(self._backlog) < BACKLOG

    def offer(self, number: int, event: bytes) -> None:
        """The next message, unless it has it already or has no room."""
        if number > self.position and self.has_room:
            self.position = number
            self._backlog.append(event)
            self._moved.set()

    def close(self) -> None:
        """Nothing more will come."""
        self.is_open = False
        self._moved.set()

    async def take(self) -> bytes:
        """What to send next: events, or a comment after 15 s without one; nothing at the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._moved.wait()
        if not self.has_room:
            self._wake()
        events = b"".join(self._backlog)
        self._backlog.clear()
        if self.is_open:
            self._moved.clear()
        return events or (COMMENT if self.is_open else b"")


class LiveStreams:
    """Every open stream of this process, and the one poll that feeds them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readers: dict[UUID, set[Reader]] = {}
        self._wake: Callable[[], None] = _nobody
        self._watched = asyncio.Event()
        self._stopped = False

    def __len__(self) -> int:
        """How many streams are open."""
        return sum(len(readers) for readers in self._readers.values())

    def watch(self, topic: UUID, position: int) -> Reader:
        """A reader that gets what comes after `position`."""
        reader = Reader(topic, position, self._wake)
        self._readers.setdefault(topic, set()).add(reader)
        self._watched.set()
        self._wake()
        if self._stopped:
            reader.close()
        return reader

    def leave(self, reader: Reader) -> None:
        """The reader has gone."""
        readers = self._readers[reader.topic]
        readers.discard(reader)
        if not readers:
            del self._readers[reader.topic]

    async def run(self, app: FastAPI) -> None:
        """A job: polls while somebody watches."""
        wakeup = app.state.wakeup
        self._wake = wakeup.wake
        while True:
            await self._watched.wait()
            moved = wakeup.now()
            if not await self.poll():
                await wakeup.wait(POLL_SECONDS, moved)
            if not self._readers:
                self._watched.clear()

    async def end_with(self, app: FastAPI) -> None:
        """A job: ends every stream at once when the application is asked to stop."""
        await app.state.stopping.wait()
        self._stopped = True
        for readers in self._readers.values():
            for reader in readers:
                reader.close()

    async def poll(self) -> bool:
        """Offers news to all readers that have room. True when there may be more."""
        after = {
            topic: min(reader.position for reader in readers if reader.has_room)
            for topic, readers in self._readers.items()
            if any(reader.has_room for reader in readers)
        }
        rows = await self._database.all(NEWS, topics=list(after), after=list(after.values()))
        more = False
        for topic, news in groupby(rows, lambda row: row["watched"]):
            more = self._hand_out(tuple(self._readers.get(topic, ())), list(news)) or more
        return more

    def _hand_out(self, readers: tuple[Reader, ...], news: list[Mapping[str, Any]]) -> bool:
        if news[0]["id"] is None:
            for reader in readers:
                reader.close()
            return False
        for row in news:
            event = frame(row)
            for reader in readers:
                reader.offer(row["number"], event)
        return len(news) == PAGE


class EventStream(Response):
    """The answer that is a stream, from after the number `position` on."""

    media_type = "text/event-stream"

    def __init__(self, live: LiveStreams, topic: UUID, position: int) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._live, self._topic, self._position = live, topic, position

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. A client that takes nothing is left without the end of the answer, which closes its
        connection."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if not scope.get("head"):
            sending = asyncio.create_task(self._send_all(send))
            gone = asyncio.create_task(_until_gone(receive))
            try:
                await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sending.cancel()
                gone.cancel()
                await asyncio.wait((sending, gone))
            if not sending.cancelled() and isinstance(sending.exception(), TimeoutError):
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> None:
        reader = self._live.watch(self._topic, self._position)
        try:
            chunk = COMMENT
            while chunk:
                async with asyncio.timeout(SEND_SECONDS):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await reader.take()
        finally:
            self._live.leave(reader)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _nobody() -> None:
    """Nobody polls yet."""
