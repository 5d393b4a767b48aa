"""HTTP: paths, statuses, response shapes."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from chassis import answers
from chassis.answers import IfMatch
from chassis.callers import admit
from chassis.endpoint import Db, Tx, service_router
from chassis.problem import (
    BadCursor,
    BadRequest,
    IdempotencyKeyReused,
    Invalid,
    NotAllowed,
    PreconditionFailed,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    problems,
)
from chassis.text import Text, parse_id
from chassis.tokens import Caller, Viewer
from topics import operations, reading, schemas
from topics.elsewhere import state_elsewhere
from topics.errors import Suspended, TopicNotFound
from topics.schemas import NewTopic, TagCounts, Topic, TopicChange, TopicPage

router = service_router("topics", operations.check_author)
private = APIRouter()

MAYBE_TOKEN: dict[str, Any] = {"security": [{}, {"token": []}]}
TOKEN: dict[str, Any] = {"security": [{"token": []}]}
READ = (Unauthorized, Unavailable)
WRITE = (BadRequest, Unauthorized, TooLarge, UnsupportedMediaType, Invalid, Unavailable)


@router.get(
    "/api/topics",
    summary="Topics, page by page",
    response_model=TopicPage,
    responses=problems(*READ, BadCursor, Invalid),
    openapi_extra=MAYBE_TOKEN,
)
async def list_topics(
    request: Request,
    db: Db,
    _: Viewer,
    sort: Literal["latest", "new", "top"] = "latest",
    tag: Text | None = None,
    author: Annotated[Text | None, Query(description="A username, in any case")] = None,
    q: Annotated[Text, Query(max_length=500, description='Words, "phrases", or, -without')] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    """`latest` has the last active topic first, after the pinned ones; `new` the newest; `top` the one
    with most messages. With `q`, a search of titles and bodies, the best hits come first instead."""
    wanted = reading.Wanted(sort, tag, author, q.strip())
    rows, following = await reading.list_topics(
        db, request.app.state.cursors, wanted, limit=limit, cursor=cursor
    )
    return answers.page(request, [schemas.topic_row(row) for row in rows], following)


@router.post(
    "/api/topics",
    summary="Start a topic",
    status_code=201,
    response_model=Topic,
    responses=problems(*WRITE, IdempotencyKeyReused, Suspended),
    openapi_extra=TOKEN,
)
async def start_topic(new: NewTopic, caller: Caller, db: Db) -> Response:
    """The topic, with its Location and ETag."""
    topic = await operations.start_topic(db, caller, new)
    return answers.saved(schemas.topic(topic), topic["version"], location=f"/api/topics/{topic['id']}")


@router.get(
    "/api/topics/{topic_id}",
    summary="One topic",
    response_model=Topic,
    responses=problems(*READ, TopicNotFound),
    openapi_extra=MAYBE_TOKEN,
)
async def read_topic(topic_id: str, request: Request, db: Db, _: Viewer) -> Response:
    """The topic with its text, as written and as HTML."""
    row = await reading.read_topic(db, parse_id(topic_id, TopicNotFound))
    return answers.entity(request, schemas.topic(row), row["version"])


@router.patch(
    "/api/topics/{topic_id}",
    summary="Edit, pin or lock a topic",
    response_model=Topic,
    responses=problems(*WRITE, TopicNotFound, NotAllowed, Suspended, PreconditionFailed),
    openapi_extra=TOKEN,
)
async def edit_topic(
    topic_id: str, change: TopicChange, caller: Caller, expected: IfMatch, db: Tx
) -> Response:
    """Its author changes title, body and tags; moderators these, `pinned` and `locked`."""
    row = await operations.edit_topic(db, caller, parse_id(topic_id, TopicNotFound), change, expected)
    return answers.saved(schemas.topic(row), row["version"])


@router.delete(
    "/api/topics/{topic_id}",
    summary="Delete a topic",
    status_code=204,
    responses=problems(*READ, TopicNotFound, NotAllowed, Suspended, PreconditionFailed),
    openapi_extra=TOKEN,
)
async def delete_topic(topic_id: str, caller: Caller, expected: IfMatch, db: Tx) -> Response:
    """By its author or a moderator. Its messages go with it."""
    await operations.delete_topic(db, caller, parse_id(topic_id, TopicNotFound), expected)
    return Response(status_code=204)


@router.get(
    "/api/tags",
    summary="Every tag in use",
    response_model=TagCounts,
    responses=problems(*READ),
    openapi_extra=MAYBE_TOKEN,
)
async def list_tags(request: Request, db: Db, _: Viewer) -> Response:
    """Most used first."""
    return answers.listing(request, {"items": await reading.count_tags(db)})


@private.get("/internal/topics/{topic_id}")
async def state(topic_id: str, request: Request, db: Db) -> Response:
    """`{id, state}` for messages, which looks up once what no feed has told it yet."""
    await admit(request, {"messages"})
    topic = parse_id(topic_id, TopicNotFound)
    state = await reading.read_state(db, topic) or await state_elsewhere(request.app, topic)
    if state is None:
        raise TopicNotFound()
    return Response(answers.encode({"id": topic, "state": state}), media_type=answers.JSON)
