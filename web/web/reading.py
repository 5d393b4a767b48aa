"""Lists of topics, a topic with its messages, and the way to one message."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from chassis.problem import NotFound
from web.api import Json, if_there, if_up, together
from web.editor import replying
from web.page import page_router, render
from web.shown import PAGE, page_of
from web.visit import Visit

router = page_router()

TAGS_BESIDE = 16
LISTS = {"latest": "Latest topics", "new": "New topics", "top": "Most discussed topics"}

PageNumber = Annotated[int, Query(ge=1, le=100_000_000)]


@router.get("/")
async def latest(request: Request, cursor: str | None = None) -> Response:
    """What is being talked about, newest activity first."""
    return await _list(request, "latest", cursor)


@router.get("/new")
async def new(request: Request, cursor: str | None = None) -> Response:
    """The newest topics."""
    return await _list(request, "new", cursor)


@router.get("/top")
async def top(request: Request, cursor: str | None = None) -> Response:
    """The topics with most messages."""
    return await _list(request, "top", cursor)


async def _list(request: Request, sort: str, cursor: str | None) -> Response:
    visit: Visit = request.state.visit
    topics, tags = await together(
        visit.read("/api/topics", sort=sort, limit=20, cursor=cursor), if_up(visit.read("/api/tags"))
    )
    beside = tags["items"][:TAGS_BESIDE] if tags else []
    return render(
        request, "topics.html", title=LISTS[sort], sort=sort, topics=topics, tags=beside, later=cursor
    )


@router.get("/tags")
async def tags(request: Request) -> Response:
    """Every tag in use, most used first."""
    listed = await request.state.visit.read("/api/tags")
    return render(request, "tags.html", tags=listed["items"])


@router.get("/tags/{tag}")
async def tagged(request: Request, tag: str, cursor: str | None = None) -> Response:
    """The topics with a tag, newest activity first."""
    topics = await request.state.visit.read("/api/topics", tag=tag, limit=20, cursor=cursor)
    return render(request, "tag.html", tag=tag, topics=topics, later=cursor)


@router.get("/topics/{topic_id}")
async def topic(request: Request, topic_id: str, page: PageNumber = 1) -> Response:
    """A topic and those of its messages that are on this page. Without messages, it says so."""
    visit: Visit = request.state.visit
    first = PAGE * (page - 1)
    topic, listed = await together(
        visit.read(f"/api/topics/{topic_id}"),
        if_up(visit.read(f"/api/topics/{topic_id}/messages", after=first, limit=PAGE)),
    )
    last = page_of(listed["last_number"]) if listed else page
    if page > last:
        raise NotFound()
    messages = listed and [message for message in listed["items"] if message["number"] <= first + PAGE]
    return render(
        request,
        "topic.html",
        topic=topic,
        listed=listed,
        messages=messages,
        on_page={message["id"]: message for message in messages or ()},
        page=page,
        last=last,
        shown_pages=_shown_pages(page, last),
        editor=replying(topic_id),
    )


def _shown_pages(page: int, last: int) -> list[int]:
    """The first, the last and those around this one; 0 stands for a gap."""
    near = sorted({1, last, *range(max(1, page - 1), min(last, page + 1) + 1)})
    return [
        number
        for before, after in zip([0, *near], near, strict=False)
        for number in ([0] if after - before > 1 else []) + [after]
    ]


@router.get("/messages/{message_id}")
async def message(request: Request, message_id: str) -> Response:
    """To the message where it stands in its topic."""
    message = await request.state.visit.read(f"/api/messages/{message_id}")
    return RedirectResponse(place(message), 302)


@router.get("/messages/{message_id}/card")
async def card(request: Request, message_id: str) -> Response:
    """The message alone, as its topic's page shows it."""
    visit: Visit = request.state.visit
    message = await visit.read(f"/api/messages/{message_id}")
    topic = await visit.read(f"/api/topics/{message['topic_id']}")
    return render(
        request, "card.html", topic=topic, message=message, answered=await _answered(visit, message)
    )


async def _answered(visit: Visit, message: Json) -> dict[str, Any]:
    """The message that this one answers, by its id, as long as it is there."""
    if message["reply_to"] is None:
        return {}
    earlier = await if_there(visit.read(f"/api/messages/{message['reply_to']}"))
    return {earlier["id"]: earlier} if earlier else {}


def place(message: Json) -> str:
    """Where a message stands."""
    number = message["number"]
    page = f"?page={page_of(number)}" if page_of(number) > 1 else ""
    return f"/topics/{message['topic_id']}{page}#m{number}"
