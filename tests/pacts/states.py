"""The states of a provider: a method each, called as consumers call the state."""

import asyncio
from collections.abc import Mapping
from uuid import uuid5

from fastapi import FastAPI
from pacts import published
from pacts.exchange import Json
from pacts.published import NOBODY, Publish
from topics_alone import eventually

from chassis.changes import Feed, ensure_epoch, read_page
from chassis.database import Database, sql
from chassis.follow import PAGE
from chassis.ids import uuid7
from users.main import signing_keys

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
        """What the request may need to know of the state: `cursor`."""
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

    async def these_topics(self, topics: list[Json]) -> Json:
        rows = [topic | {"author_id": str(uuid5(NOBODY, topic["title"]))} for topic in topics]
        await self._publish["authors"](
            self.database,
            [
                {"id": row["author_id"], "username": row["title"].lower(), "state": "active"} | row["author"]
                for row in rows
            ],
        )
        await published.topics_of(
            self.database, [row | {"state": "locked" if row["locked"] else "open"} for row in rows]
        )
        await self._publish["activity"](
            self.database,
            [
                row
                | {
                    "topic_id": row["id"],
                    "last_author_id": row["author_id"] if row["message_count"] else None,
                }
                for row in rows
            ],
        )
        return {}

    async def the_database_does_not_answer(self, relation: str = "") -> Json:
        before = await self.nothing_is_new(relation) if relation else {}
        self._connect(Database("postgresql://nobody@/nothing?host=/nowhere"))
        return before

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
