"""How many topics carry a tag."""

import asyncio

from topics_alone import Person, Service, accepted


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
