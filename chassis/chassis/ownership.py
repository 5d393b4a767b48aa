"""Who owns the data of a schema, while they move between two deployments of one system.

A row beside the data says so, on both sides. Every write transaction reads it, by a trigger that refuses
where the data are elsewhere; so the row is a fence that no router and no cache can pass by. See
docs/decisions.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from chassis.database import Database, sql
from chassis.problem import Unavailable

SLOW_SECONDS = 1.0  # between looks at the row, while nothing moves
QUICK_SECONDS = 0.05  # while there is another side
WAITING_SECONDS = 0.01  # while somebody waits for a move to end
LONGEST_WAIT = 5.0  # of a write, for a move to end


@dataclass(frozen=True)
class Moving:
    """A table whose rows move with their service, found by `key`; of their columns these. What is left out,
    each side makes for itself: stamps, counts, what search looks in."""

    table: str
    key: str
    columns: tuple[str, ...]


EVERYWHERE = (
    Moving("moderation_log", "id", ("id", "moderator_id", "action", "target_id", "reason", "at")),
    Moving("idempotency", "scope", ("scope", "fingerprint", "created_at", "answer")),
    Moving("marks", "only_one", ("only_one", "mark")),
)
"""What moves with every service."""


def ddl(schema: str) -> str:
    """The row, the mark that tells how far the other side has followed, and the fence.

    `state` is `here`; `leaving`, until `until`; `elsewhere`; or `reading`, which is elsewhere but answers
    reads from what has come by replication. `peer` is where the other side answers, while there is one.
    """
    return f"""
        CREATE TABLE {schema}.ownership (
            only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
            state text NOT NULL DEFAULT 'here' CHECK (state IN ('here', 'leaving', 'elsewhere', 'reading')),
            peer text,
            until timestamptz,
            since timestamptz NOT NULL DEFAULT now(),
            CHECK (state IN ('here', 'leaving') OR peer IS NOT NULL)
        );
        INSERT INTO {schema}.ownership DEFAULT VALUES;
        CREATE TABLE {schema}.marks (
            only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), mark text NOT NULL
        );
        CREATE FUNCTION {schema}.fence() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (
                SELECT FROM {schema}.ownership
                WHERE state = 'here' OR (state = 'leaving' AND until < pg_catalog.clock_timestamp())
            ) THEN
                RAISE 'the data of {schema} are elsewhere' USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            RETURN NULL;
        END $$;
    """


def fence_ddl(schema: str, table: str, but: Sequence[str] = ()) -> str:
    """Lets nobody write to a table whose data are elsewhere, `but` in the columns that each side makes for
    itself. Rows that come by replication fire no trigger of this kind."""
    return f"""
        DO $$ BEGIN EXECUTE (
            SELECT 'CREATE TRIGGER fence BEFORE INSERT OR DELETE OR UPDATE OF '
                || string_agg(quote_ident(attname), ', ')
                || ' ON {schema}.{table} FOR EACH STATEMENT EXECUTE FUNCTION {schema}.fence()'
            FROM pg_attribute
            WHERE attrelid = '{schema}.{table}'::regclass AND attnum > 0 AND NOT attisdropped
                AND attname <> ALL ('{{{",".join(but)}}}')
        ); END $$;
    """


class Ownership:
    """What this process knows of the rows, at most a moment old. A write finds out for itself."""

    def __init__(self, database: Database, schemas: Sequence[str]) -> None:
        self._database = database
        self._read = sql(
            " UNION ALL ".join(
                f"SELECT '{schema}' AS schema, peer, CASE WHEN state = 'leaving' "
                f"AND until < clock_timestamp() THEN 'here' ELSE state END AS state FROM {schema}.ownership"
                for schema in schemas
            )
        )
        self._state = dict.fromkeys(schemas, "here")
        self._peer: dict[str, str | None] = dict.fromkeys(schemas)
        self._looked = asyncio.Event()
        self._look_now = asyncio.Event()

    def reads_at(self, schema: str) -> str | None:
        """Where reads are answered, None when that is here; until a move is over, it is."""
        return self._peer[schema] if self._state[schema] == "elsewhere" else None

    def writes_at(self, schema: str) -> str | None:
        """Where the data are, None when they are here or about to leave."""
        return self._peer[schema] if self._state[schema] in ("elsewhere", "reading") else None

    async def settled(self, schema: str, *, here: bool, until: float) -> None:
        """Waits until the data are here, or also until they are elsewhere, unless `here`; Unavailable once
        the event loop's clock shows `until`."""
        try:
            async with asyncio.timeout_at(until):
                while True:
                    self._look_now.set()
                    await self._looked.wait()
                    if self._state[schema] == "here" or (self.writes_at(schema) and not here):
                        return
        except TimeoutError:
            raise Unavailable("This is being moved. Try again in a moment.") from None

    async def keep_looking(self, _: object) -> None:
        """A job: reads the rows, the more often the nearer a move."""
        while True:
            with suppress(Unavailable):
                await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._look_now.wait()
                await asyncio.sleep(WAITING_SECONDS)
            self._look_now.clear()

    async def look(self) -> None:
        """Reads the rows now."""
        for row in await self._database.all(self._read):
            self._state[row["schema"]], self._peer[row["schema"]] = row["state"], row["peer"]
        looked, self._looked = self._looked, asyncio.Event()
        looked.set()

    def _pause(self) -> float:
        return QUICK_SECONDS if any(self._peer.values()) else SLOW_SECONDS
