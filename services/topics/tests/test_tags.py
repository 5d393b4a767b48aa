"""How many topics carry a tag."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest
from topics_alone import Person, Service, accepted, eventually

from chassis.database import Database
from chassis.ids import uuid7
from topics.loader import Record, load


async def counts(service: Service) -> dict[str, int]:
    return {row["tag"]: row["topics"] for row in accepted(await service.get("/api/tags"))["items"]}


async def test_tags_are_counted_while_topics_carry_them(service: Service, ada: Person) -> None:
    topics = [await ada.starts_topic(tags=tags) for tags in (["tea", "cake"], ["tea"], ["tea", "ale"])]
    assert await counts(service) == {"tea": 3, "ale": 1, "cake": 1}
    assert list(await counts(service)) == ["tea", "ale", "cake"], "most used first, then by name"
    await ada.edits(topics[0], tags=["cake", "pie"])
    assert await counts(service) == {"tea": 2, "ale": 1, "cake": 1, "pie": 1}
    await ada.edits(topics[0], title="Other")
    await ada.deletes(topics[2])
    assert await counts(service) == {"cake": 1, "pie": 1, "tea": 1}
    await ada.edits(topics[1], tags=[])
    await ada.deletes(topics[0])
    assert await counts(service) == {}


async def test_writers_of_the_same_tags_wait_for_each_other_and_lose_no_count(
    service: Service, ada: Person
) -> None:
    orders = [["a1", "b1", "c1"], ["c1", "b1", "a1"], ["b1", "a1", "c1"]]
    started = await asyncio.gather(*(ada.starts_topic(tags=orders[n % 3]) for n in range(30)))
    edits = (ada.edits(topic, tags=orders[n % 3][:2]) for n, topic in enumerate(started))
    for answer in await asyncio.gather(*edits):
        accepted(answer)
    assert await counts(service) == {"a1": 20, "b1": 30, "c1": 10}


@pytest.mark.parametrize("writer", ["member", "loader"])
async def test_every_writer_takes_the_counters_in_the_same_order(
    service: Service, ada: Person, database: Database, writer: str
) -> None:
    tags = [f"{writer}-{letter}" for letter in "edcba"]
    await ada.starts_topic(tags=tags)
    record = Record(uuid7(), uuid7(), "Title", "Body", None, tags, False, "open", datetime.now(UTC), None)
    holder = await asyncpg.connect(service.url)
    try:
        async with holder.transaction():
            await holder.execute("SELECT FROM topics.tags WHERE tag = $1 FOR UPDATE", tags[0])
            write = ada.starts_topic(tags=tags) if writer == "member" else load(database, [record])
            writing = asyncio.create_task(write)
            await eventually(lambda: somebody_waits(service))
            free = "SELECT tag FROM topics.tags WHERE tag = ANY($1) FOR UPDATE SKIP LOCKED"
            assert [row["tag"] for row in await holder.fetch(free, tags)] == tags[:1], "it waits for the last"
        await writing
    finally:
        await holder.close()
    assert {(await counts(service))[tag] for tag in tags} == {2}


async def somebody_waits(service: Service) -> None:
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    assert await service.query(waiting)
