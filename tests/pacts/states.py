"""The states of a provider: a method each, called as consumers call the state."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

import httpx
from fastapi import FastAPI
from messages_alone import PUBLIC, token
from pacts import published
from pacts.exchange import Json
from pacts.made_up import OTHER_SESSION, SESSION
from pacts.published import NOBODY, Publish
from topics_alone import eventually

from chassis.changes import Feed, ensure_epoch, read_page
from chassis.database import Database, sql
from chassis.follow import PAGE
from chassis.ids import uuid7
from users import attempts
from users.main import signing_keys

KEY = {"kid": "test", "jwk": PUBLIC, "state": "live"}
PATIENCE = 20.0  # seconds, on a machine that does much else


class States:
    """Brings an application into them. `publish` makes rows true by the relation that shows them, `tables`
    are emptied before each state."""

    def __init__(
        self, app: FastAPI, feeds: list[Feed], publish: Mapping[str, Publish], tables: list[str]
    ) -> None:
        self.app, self.database = app, app.state.database
        self._feeds, self._publish = {feed.relation: feed for feed in feeds}, publish
        self._empty = sql(f"TRUNCATE {', '.join(tables)} CASCADE")
        self._later: asyncio.Task[None] | None = None

    async def has_begun(self) -> None:
        """Its feeds have an epoch, and users its first key."""
        for feed in self._feeds.values():
            assert await self.database.one(sql(f"SELECT 1 FROM {feed.schema}.feed_epoch"))
            assert feed.relation != "keys" or await self.database.one(sql("SELECT 1 FROM users.keys"))

    async def enter(self, name: str, params: Json) -> Json:
        """What the request may need to know of the state: `cursor`, `token`, `refresh`."""
        if self._later:
            self._later.cancel()
        self._connect(self.database)
        await self.database.run(self._empty)
        needed: Json = await getattr(self, name.replace(" ", "_"))(**params)
        return needed

    async def there_is_nothing(self) -> Json:
        return {}

    async def nothing_is_new(self, relation: str) -> Json:
        return {"cursor": (await self._page(relation))["next"]}

    async def these_rows_are_new(self, relation: str, rows: list[Json]) -> Json:
        before = await self.nothing_is_new(relation)
        await self._publish[relation](self.database, rows)
        await self._behind(relation, len(rows))
        return before

    async def there_are_more_rows_than_a_page_holds(self, relation: str, like: Json) -> Json:
        key = self._feeds[relation].key
        return await self.these_rows_are_new(relation, [like | {key: str(uuid7())} for _ in range(PAGE + 1)])

    async def a_row_changes_while_it_is_waited_for(
        self, relation: str, rows: list[Json], changed: Json
    ) -> Json:
        await self.these_rows_are_new(relation, rows)

        async def change() -> None:
            await eventually(self._is_waited_for, PATIENCE)
            await self._publish[relation](self.database, [changed])

        self._later = asyncio.create_task(change())
        return {"cursor": await self._behind(relation, len(rows))}

    async def the_feed_has_begun_anew(self, relation: str) -> Json:
        before = await self.nothing_is_new(relation)
        feed = self._feeds[relation]
        await ensure_epoch(self.database, feed.schema, [feed], renew=True)
        return before

    async def users_has_made_its_first_key(self, relation: str) -> Json:
        await signing_keys(self.app.state.settings, self.database).ensure()
        await self._behind(relation, 1)
        return {}

    async def these_people(self, people: list[Json], caller: Json | None = None) -> Json:
        await self._wrote(people)
        return await self._called_by(caller)

    async def these_topics(self, topics: list[Json], caller: Json | None = None) -> Json:
        """`author` and `last_author` are people; the pact of the last release does not say their ids."""
        rows = [_topic(topic) for topic in topics]
        await self._wrote([person for row in rows for person in (row["author"], row["last_author"])])
        await published.topics_of(self.database, rows)
        await self._publish["activity"](self.database, rows)
        return await self._called_by(caller)

    async def more_topics_than_a_page_holds(self, like: Json) -> Json:
        """`cursor` is that of the second page."""
        await self.these_topics([like | {"id": str(uuid7())} for _ in range(21)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://it") as client:
            return {"cursor": (await client.get("/api/topics")).json()["next"]}

    async def these_messages(
        self, messages: list[Json], topics: Sequence[Json] = (), caller: Json | None = None
    ) -> Json:
        """In topics that are open, but for these."""
        states = {message["topic_id"]: "open" for message in messages}
        states |= {topic["id"]: topic["state"] for topic in topics}
        await self._wrote([message["author"] for message in messages])
        known = [{"id": topic, "state": state} for topic, state in states.items()]
        await self._publish["topics"](self.database, known)
        await published.messages_as_written(self.database, messages)
        return await self._called_by(caller)

    async def too_many_have_guessed(self, username: str, address: str) -> Json:
        for _ in range(attempts.MOST):
            await attempts.count(self.database, username, address)
        return {}

    async def the_database_does_not_answer(self, relation: str = "", caller: Json | None = None) -> Json:
        before = await self.nothing_is_new(relation) if relation else await self._called_by(caller)
        self._connect(Database("postgresql://nobody@/nothing?host=/nowhere"))
        return before

    async def _wrote(self, people: list[Json]) -> None:
        """They are known by name, each once."""
        known = {person["id"]: {"state": "active"} | person for person in people}
        await self._publish["authors"](self.database, list(known.values()))

    async def _called_by(self, caller: Json | None) -> Json:
        """What the caller's request carries: `token`, and `refresh` where there are sessions. Whoever calls
        is known by name, and so is the key that signed."""
        if "keys" in self._publish:
            await self._publish["keys"](self.database, [KEY])
        if caller is None:
            return {}
        await self._wrote([caller])
        claims = {name: caller[name] for name in ("username", "display_name", "role")}
        needed = {"token": token(claims | {"sub": caller["id"], "sid": SESSION})}
        if "sessions" in self._publish:
            sessions = [
                {"id": session, "user_id": caller["id"], "user_agent": agent, "place": place}
                for place, (session, agent) in enumerate([(SESSION, "Firefox"), (OTHER_SESSION, "curl")])
            ]
            await self._publish["sessions"](self.database, sessions)
            needed["refresh"] = self.app.state.tokens.refresh(UUID(SESSION), 1)
        return needed

    async def _is_waited_for(self) -> None:
        assert self.app.state.wakeup._waiting

    def _connect(self, database: Database) -> None:
        self.app.state.database = self.app.state.private.state.database = database

    async def _page(self, relation: str, limit: int = PAGE) -> Json:
        return await read_page(self.database, self._feeds[relation], "", limit)

    async def _behind(self, relation: str, number: int) -> str:
        """The cursor behind the first rows. A transaction that still runs hides what is written after it."""

        async def shown() -> None:
            assert len((await self._page(relation, number))["items"]) == number

        await eventually(shown, PATIENCE)
        return str((await self._page(relation, number))["next"])


def _topic(topic: Json) -> Json:
    """As its tables have it, with who wrote in it."""
    author = {"id": str(uuid5(NOBODY, topic["title"])), "username": topic["title"].lower()} | topic["author"]
    last = topic.get("last_author") or author
    answered = {"last_author_id": last["id"]} if topic["message_count"] else {"last_author_id": None}
    state = "locked" if topic["locked"] else "open"
    own = {"topic_id": topic["id"], "author_id": author["id"], "state": state}
    return topic | own | answered | {"author": author, "last_author": last}
