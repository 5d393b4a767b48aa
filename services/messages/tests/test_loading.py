"""The loader: numbers by time, counters, once however often."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from messages_alone import Service

from chassis.markdown import render
from messages.loader import Record, load

BEGINNING = datetime(1999, 12, 31, tzinfo=UTC)


def record(topic: UUID, hour: int, **how: Any) -> Record:
    made = Record(
        id=uuid.uuid4(),
        topic_id=topic,
        author_id=uuid.uuid4(),
        body=f"**Hour {hour}**",
        html=None,
        reply_to=None,
        created_at=BEGINNING + timedelta(hours=hour),
        edited_at=None,
        deleted=False,
    )
    return made._replace(**how)


async def test_numbers_follow_time_within_each_topic(service: Service) -> None:
    one, two = await service.topic(), await service.topic()
    first, second = record(one, 1), record(one, 2)
    records = [record(one, 3, reply_to=first.id), record(two, 5), second, first]
    assert await load(service.app.state.database, records) == 4
    listed = await service.all(f"/api/topics/{one}/messages")
    assert [(m["number"], m["body"]) for m in listed] == [(n, f"**Hour {n}**") for n in (1, 2, 3)]
    assert listed[2]["reply_to"] == str(first.id)
    assert listed[0]["html"] == render("**Hour 1**")
    assert listed[0]["created_at"] == "1999-12-31T01:00:00.000000Z"
    activity = await service.activity(one)
    assert (activity["message_count"], activity["last_number"]) == (3, 3)
    assert (activity["last_activity_at"], activity["last_author_id"]) == (
        BEGINNING + timedelta(hours=3),
        records[0].author_id,
    )


async def test_loading_again_or_from_the_middle_changes_nothing(service: Service) -> None:
    topic = await service.topic()
    records = [record(topic, hour) for hour in range(5)]
    database = service.app.state.database
    assert await load(database, records[:3]) == 3
    assert await load(database, records) == 2
    numbers = [m["number"] for m in await service.all(f"/api/topics/{topic}/messages")]
    assert numbers == [1, 2, 3, 4, 5]
    before = (await service.all(f"/api/topics/{topic}/messages"), await service.activity(topic))
    assert await load(database, records) == 0
    assert (await service.all(f"/api/topics/{topic}/messages"), await service.activity(topic)) == before


async def test_a_message_twice_in_a_batch_is_loaded_once(service: Service) -> None:
    topic = await service.topic()
    twin = record(topic, 1)
    assert await load(service.app.state.database, [twin, twin, record(topic, 2)]) == 2
    assert (await service.activity(topic))["last_number"] == 2


async def test_deleted_ones_keep_their_number_and_are_not_counted(service: Service) -> None:
    topic = await service.topic()
    records = [record(topic, 1), record(topic, 2), record(topic, 3, deleted=True)]
    await load(service.app.state.database, records)
    assert [m["number"] for m in await service.all(f"/api/topics/{topic}/messages")] == [1, 2]
    activity = await service.activity(topic)
    assert (activity["message_count"], activity["last_number"]) == (2, 3)
    assert activity["last_author_id"] == records[1].author_id


async def test_people_go_on_after_what_was_loaded_and_old_mail_does_not_stir_a_topic(
    service: Service,
) -> None:
    topic, database = await service.topic(), service.app.state.database
    await load(database, [record(topic, 1)])
    message = await service.person().replies(topic)
    assert message["number"] == 2
    before = await service.activity(topic)
    await load(database, [record(topic, 2)])
    after = await service.activity(topic)
    assert (after["last_number"], after["message_count"]) == (3, 3)
    assert after["last_activity_at"] == before["last_activity_at"]
    assert after["last_author_id"] == before["last_author_id"]


async def test_html_that_comes_along_is_taken_and_any_length_is_indexed(service: Service) -> None:
    topic, database = await service.topic(), service.app.state.database
    long = " ".join(f"{uuid.uuid4()} x{number:x}𝄞é" for number in range(60_000))
    assert await load(database, [record(topic, 1, body=long, html="<p>ready</p>")]) == 1
    page = await service.get(f"/api/topics/{topic}/messages")
    assert page["items"][0]["html"] == "<p>ready</p>"
