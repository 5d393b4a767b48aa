"""Asking topics for one topic that its feed has not brought yet."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
from fastapi import FastAPI

from chassis.database import Database, sql
from chassis.peers import ask, client
from chassis.problem import Unavailable
from messages.errors import TopicNotFound
from messages.settings import Settings

LOOK_UP_SECONDS = 2.0

LookUp = Callable[[UUID], Awaitable[str | None]]
"""Gives the state of a topic (`open`, `locked`, `deleted`), None where there is none."""

Learn = Callable[[UUID], Awaitable[None]]
"""Makes a topic known here, or raises TopicNotFound or Unavailable."""

# A slow answer must not overwrite what the feed has brought meanwhile.
REMEMBER = sql("""
    INSERT INTO messages.topics (id, state) VALUES (CAST(:id AS uuid), CAST(:state AS text))
    ON CONFLICT DO NOTHING
""")


class Topics:
    """The topics service, asked over HTTP with our key."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        auth = ("messages", settings.caller_key)
        self._client = client(settings.topics_url, auth, seconds=LOOK_UP_SECONDS, transport=transport)

    async def look_up(self, topic: UUID) -> str | None:
        """A LookUp; Unavailable when topics gives no answer within 2 s."""
        path, route = f"/internal/topics/{topic}", "/internal/topics/{id}"
        try:
            answer = await ask(self._client, path, route=route, seconds=LOOK_UP_SECONDS)
            if answer.status_code == 404:
                return None
            state: str = answer.raise_for_status().json()["state"]
            return state
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError) as error:
            raise Unavailable("The topics service does not answer now. Try again in a moment.") from error

    async def stay_open(self, _: FastAPI) -> None:
        """A job: closes the connections when the application ends."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._client.aclose()


class Introductions:
    """Learns unknown topics; however many ask for the same one, it is looked up once."""

    def __init__(self, database: Database, look_up: LookUp) -> None:
        self._database, self._look_up = database, look_up
        self._asking: dict[UUID, asyncio.Task[None]] = {}

    async def learn(self, topic: UUID) -> None:
        """A Learn."""
        asking = self._asking.get(topic)
        if asking is None:
            asking = self._asking[topic] = asyncio.create_task(self._ask(topic))
            asking.add_done_callback(lambda _: self._asking.pop(topic))
        await asyncio.shield(asking)

    async def _ask(self, topic: UUID) -> None:
        state = await self._look_up(topic)
        if state is None:
            raise TopicNotFound()
        await self._database.run(REMEMBER, id=topic, state=state)
