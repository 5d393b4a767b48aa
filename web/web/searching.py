"""Search over topics and over messages."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from web.api import Json, if_up
from web.looking_up import topics_by_id
from web.page import page_router, render
from web.visit import Visit

router = page_router()


@router.get("/search")
async def search(
    request: Request,
    q: str = "",
    among: Annotated[Literal["topics", "messages"], Query(alias="in")] = "topics",
    cursor: str | None = None,
) -> Response:
    """What has these words, best first. The form alone without words, and with a line while that part of
    the forum is down."""
    visit: Visit = request.state.visit
    words = q.strip()
    found = await if_up(visit.read(f"/api/{among}", q=words, limit=20, cursor=cursor)) if words else None
    topics: dict[str, Json] = {}
    if found and among == "messages":
        topics = await if_up(topics_by_id(visit, (message["topic_id"] for message in found["items"]))) or {}
    return render(
        request,
        "search.html",
        503 if words and found is None else 200,
        words=words,
        among=among,
        found=found,
        topics=topics,
        later=cursor,
    )
