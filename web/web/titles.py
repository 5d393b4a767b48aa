"""Which topics messages belong to, for lists of messages from all over the forum."""

import asyncio
from collections.abc import Iterable

from web.api import ApiError, Json
from web.visit import Visit


async def topics_by_id(visit: Visit, ids: Iterable[str]) -> dict[str, Json]:
    """The Topics of these ids, asked for at once: a page's worth. What is gone or cannot be reached is
    left out."""
    found = await asyncio.gather(*(_topic(visit, id_) for id_ in dict.fromkeys(ids)))
    return {topic["id"]: topic for topic in found if topic is not None}


async def _topic(visit: Visit, id_: str) -> Json | None:
    try:
        return await visit.read(f"/api/topics/{id_}")
    except ApiError:
        return None
