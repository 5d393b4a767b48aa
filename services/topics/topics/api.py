"""HTTP: paths, statuses, response shapes."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from chassis import answers
from chassis.answers import IfMatch
from chassis.callers import admit
from chassis.database import Database
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
from chassis.settings import ServiceSettings
from chassis.text import Text, parse_id
from chassis.tokens import Caller, Verifier, Viewer
from topics import schemas
from topics.errors import Suspended, TopicNotFound
from topics.operations import delete_topic, edit_topic, start_topic
from topics.reading import Wanted, count_tags, list_topics, live_keys, read_state, read_topic
from topics.schemas import NewTopic, TagCounts, Topic, TopicChange, TopicPage

router = service_router("topics")
private = APIRouter()

WITH_BODY = (TooLarge, UnsupportedMediaType, BadRequest, Invalid)
FOR_MEMBERS: dict[str, Any] = {"security": [{"token": []}]}
FOR_ANYONE: dict[str, Any] = {"security": [{}, {"token": []}]}


@router.get(
    "/api/topics",
    summary="Topics, page by page",
    response_model=TopicPage,
    responses=problems(BadCursor, Unauthorized, Invalid, Unavailable),
    openapi_extra=FOR_ANYONE,
)
async def topics(
    request: Request,
    db: Db,
    _: Viewer,
    sort: Literal["latest", "new", "top"] = "latest",
    tag: Text | None = None,
    author: Text | None = None,
    q: Text = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> Response:
    """`latest` has the last active topic first, after the pinned ones; `new` the newest; `top` the one
    with most messages. With `q`, a search of titles and bodies, the best hits come first instead."""
    wanted = Wanted(sort, tag, author, q.strip())
    rows, following = await list_topics(db, request.app.state.cursors, wanted, limit=limit, cursor=cursor)
    return answers.page(request, [schemas.topic_row(row) for row in rows], following)


@router.post(
    "/api/topics",
    summary="Start a topic",
    status_code=201,
    response_model=Topic,
    responses=problems(*WITH_BODY, Unauthorized, Suspended, IdempotencyKeyReused, Unavailable),
    openapi_extra=FOR_MEMBERS,
)
async def start(new: NewTopic, caller: Caller, db: Db) -> Response:
    """The topic, with its Location and ETag."""
    topic = await start_topic(db, caller, new)
    return answers.saved(schemas.topic(topic), topic["version"], location=f"/api/topics/{topic['id']}")


@router.get(
    "/api/topics/{topic_id}",
    summary="One topic",
    response_model=Topic,
    responses=problems(Unauthorized, TopicNotFound, Unavailable),
    openapi_extra=FOR_ANYONE,
)
async def topic(topic_id: str, request: Request, db: Db, _: Viewer) -> Response:
    """The topic with its text, as written and as HTML."""
    row = await read_topic(db, parse_id(topic_id, TopicNotFound))
    return answers.entity(request, schemas.topic(row), row["version"])


@router.patch(
    "/api/topics/{topic_id}",
    summary="Edit, pin or lock a topic",
    response_model=Topic,
    responses=problems(
        *WITH_BODY, Unauthorized, TopicNotFound, NotAllowed, Suspended, PreconditionFailed, Unavailable
    ),
    openapi_extra=FOR_MEMBERS,
)
async def edit(topic_id: str, change: TopicChange, caller: Caller, expected: IfMatch, db: Tx) -> Response:
    """Its author changes title, body and tags; moderators these, `pinned` and `locked`."""
    row = await edit_topic(db, caller, parse_id(topic_id, TopicNotFound), change, expected)
    return answers.saved(schemas.topic(row), row["version"])


@router.delete(
    "/api/topics/{topic_id}",
    summary="Delete a topic",
    status_code=204,
    responses=problems(Unauthorized, TopicNotFound, NotAllowed, Suspended, Unavailable),
    openapi_extra=FOR_MEMBERS,
)
async def delete(topic_id: str, caller: Caller, db: Tx) -> Response:
    """By its author or a moderator. Its messages go with it."""
    await delete_topic(db, caller, parse_id(topic_id, TopicNotFound))
    return Response(status_code=204)


@router.get(
    "/api/tags",
    summary="Every tag in use",
    response_model=TagCounts,
    responses=problems(Unauthorized, Unavailable),
    openapi_extra=FOR_ANYONE,
)
async def tags(request: Request, db: Db, _: Viewer) -> Response:
    """Most used first."""
    return answers.listing(request, {"items": await count_tags(db)})


@private.get("/internal/topics/{topic_id}")
async def state(topic_id: str, request: Request, db: Db) -> Response:
    """`{id, state}` for messages, which looks up once what no feed has told it yet."""
    await admit(request, {"messages"})
    row = await read_state(db, parse_id(topic_id, TopicNotFound))
    return Response(answers.encode(dict(row)), media_type=answers.JSON)


def verifier(settings: ServiceSettings, database: Database) -> Verifier:
    """Verifies access tokens against the keys of the seam."""
    return Verifier(partial(live_keys, database), issuer=settings.issuer, audience=settings.audience)
