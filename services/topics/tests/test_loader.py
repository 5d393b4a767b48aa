"""Bringing topics in by the thousand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from topics_alone import Service, accepted

from chassis.database import Database
from chassis.ids import uuid7
from topics.loader import Record, load

THEN = datetime(1996, 7, 1, 12, 30, tzinfo=UTC)


def record(**fields: Any) -> Record:
    known = Record(uuid7(), uuid7(), "Old", "*old*", None, ["mail"], False, "open", THEN, None)
    return known._replace(**fields)


async def test_loaded_topics_read_like_others(service: Service, database: Database) -> None:
    edited = THEN + timedelta(days=1)
    locked = record(tags=["b", "a", "b"], pinned=True, state="locked", edited_at=edited, html="<p>kept</p>")
    assert await load(database, [locked]) == 1
    topic = await service.topic({"id": locked.id})
    assert (topic["tags"], topic["pinned"], topic["locked"]) == (["b", "a"], True, True)
    assert (topic["body"], topic["html"]) == ("*old*", "<p>kept</p>")
    assert topic["created_at"] == topic["last_activity_at"] == "1996-07-01T12:30:00.000000Z"
    assert topic["edited_at"] == "1996-07-02T12:30:00.000000Z"
    plain = record()
    await load(database, [plain])
    assert (await service.topic({"id": plain.id}))["html"] == "<p><em>old</em></p>\n"


async def test_loading_again_changes_nothing(service: Service, database: Database) -> None:
    records = [record(title=f"again {n}", tags=["again"]) for n in range(3)]
    assert await load(database, records[:2]) == 2
    assert await load(database, [r._replace(title="other", tags=["other"]) for r in records]) == 1
    rows = await service.rows(q="again")
    assert sorted(row["title"] for row in rows) == ["again 0", "again 1"]
    tags = {row["tag"]: row["topics"] for row in accepted(await service.get("/api/tags"))["items"]}
    assert (tags["again"], tags["other"]) == (2, 1)
    assert await load(database, []) == 0


async def test_deleted_topics_come_in_as_deleted(service: Service, database: Database) -> None:
    gone = record(state="deleted", tags=["gone"])
    assert await load(database, [gone]) == 1
    assert (await service.get(f"/api/topics/{gone.id}")).status_code == 404
    tags = accepted(await service.get("/api/tags"))["items"]
    assert "gone" not in {row["tag"] for row in tags}
    internal = accepted(await service.internal(f"/internal/topics/{gone.id}"))
    assert internal["state"] == "deleted"


async def test_a_batch_comes_in_whole_or_not_at_all(service: Service, database: Database) -> None:
    good, bad = record(), record(state="nonsense")
    with pytest.raises(Exception, match="violates check constraint"):
        await load(database, [good, bad])
    assert (await service.get(f"/api/topics/{good.id}")).status_code == 404
