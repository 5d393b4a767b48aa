"""Several topics at once: lists have them without their texts, and messages name theirs by its id alone."""

import asyncio
from collections.abc import Iterable

from web.api import Json, Refused
from web.visit import Visit


async def topics_by_id(visit: Visit, ids: Iterable[str]) -> dict[str, Json]:
    """The Topics of these ids, a page's worth, asked for at once. What is gone is left out. Raises Down."""
    found = await asyncio.gather(*(_topic(visit, id_) for id_ in dict.fromkeys(ids)))
    return {topic["id"]: topic for topic in found if topic is not None}


async def _topic(visit: Visit, id_: str) -> Json | None:
    try:
        return await visit.read(f"/api/topics/{id_}")
    except Refused:
        return None
