"""The consumers as they are: their code, on databases of their own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import httpx
from pacts.exchange import Json
from pacts.followed import Feed
from pacts.made_up import VISITOR

import messages.feeds
import messages.reading
import messages.settings
import topics.feeds
import topics.loader
import topics.reading
import topics.settings
from chassis.database import Database, sql
from chassis.follow import Follower
from messages.peers import Introductions, Topics
from web.main import create_app
from web.settings import Settings as WebSettings

SECRET = "secret-of-at-least-thirty-two-characters"  # noqa: S105

ACTIVITY = """
    SELECT id AS topic_id, message_count, nullif(last_activity_at, created_at) AS last_activity_at,
        last_author_id
    FROM topics.topics
"""


def new_topic(topic: str) -> topics.loader.Record:
    """One without messages."""
    began, author = datetime(2030, 1, 1, tzinfo=UTC), UUID(int=0)
    return topics.loader.Record(UUID(topic), author, "Title", "Body", "", [], False, "open", began, None)


class Consumer:
    """A service that follows: `topics` or `messages`."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self.database = Database(url)

    def settings(self, peer: str) -> Json:
        """Every peer is at this URL."""
        peers = dict.fromkeys(("users_url", "topics_url", "messages_url"), peer)
        return peers | {"database_url": self.url, "secret_key": SECRET, "caller_key": f"{self.name}-key"}

    @asynccontextmanager
    async def following(
        self, feed: Feed, peer: str = "http://peer", transport: httpx.AsyncBaseTransport | None = None
    ) -> AsyncIterator[Follower]:
        """The follower of the feed, as the service makes it."""
        settings = self.settings(peer)
        if self.name == "topics":
            made = topics.feeds.followers(topics.settings.Settings(**settings), self.database, transport)
        else:
            made = messages.feeds.followers(messages.settings.Settings(**settings), self.database, transport)
        (follower,) = [one for one in made if one.name == str(feed)]
        try:
            yield follower
        finally:
            for one in made:
                await one._client.aclose()

    async def begins(self, feed: Feed) -> None:
        """It has never heard of this feed; the topics that activity tells of are there."""
        relation = "topics" if feed.relation == "activity" else feed.relation
        await self.database.run(sql(f"TRUNCATE {self.name}.{relation}, {self.name}.feed_cursors CASCADE"))
        if feed.relation == "activity":
            await topics.loader.load(self.database, [new_topic(row["topic_id"]) for row in feed.rows])

    async def stands(self, feed: Feed, cursor: str = "cursor") -> None:
        """It knows the rows of the feed, up to this cursor."""
        await self.begins(feed)
        async with self.following(feed) as follower:
            assert await follower.apply_page("", feed.rows, cursor)

    async def knows(self, feed: Feed) -> tuple[list[Json], str]:
        """The rows of the relation that the feed keeps, by their key, and the cursor."""
        read = ACTIVITY if feed.relation == "activity" else f"SELECT * FROM {feed}"
        rows = await self.database.all(
            sql(f"SELECT to_jsonb(row)::text AS row FROM ({read}) AS row ORDER BY 1")
        )
        where = f"SELECT cursor FROM {self.name}.feed_cursors WHERE relation = :relation"
        cursor = await self.database.one(sql(where), relation=feed.relation)
        return [json.loads(row["row"]) for row in rows], cursor["cursor"] if cursor else ""

    async def live_keys(self) -> dict[str, Json]:
        """What this service verifies tokens with."""
        of = topics.reading if self.name == "topics" else messages.reading
        live: dict[str, Json] = await of.live_keys(self.database)
        return live


def present(client: httpx.AsyncClient, auth: tuple[str, str] | None) -> None:
    """From now on it comes with these credentials, or with none."""
    client.auth = httpx.BasicAuth(*auth) if auth else httpx.Auth()


@asynccontextmanager
async def running(follower: Follower) -> AsyncIterator[None]:
    """It follows, as it does in the application."""
    task = asyncio.create_task(follower.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def introducing(
    consumer: Consumer, peer: str = "http://topics", transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[tuple[Introductions, httpx.AsyncClient]]:
    """What messages learns unknown topics with, and the client inside."""
    topics_service = Topics(messages.settings.Settings(**consumer.settings(peer)), transport)
    async with topics_service._client as client:
        yield Introductions(consumer.database, topics_service.look_up), client


@asynccontextmanager
async def visiting(api: str) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor of the web front end whose API is there."""
    app = create_app(WebSettings(api_url=api, caller_key="web-key"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(VISITOR, 1))
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    async with aclosing(app.state.api), client as visitor:
        yield visitor
