"""HTTP of messages: paths, statuses, shapes."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from chassis import answers
from chassis.answers import IfMatch
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
from messages import operations, reading
from messages.errors import MessageNotFound, Suspended, TopicLocked, TopicNotFound
from messages.schemas import EditedMessage, Message, MessagePage, NewMessage, TopicMessagePage
from messages.stream import EventStream

router: APIRouter = service_router("messages", operations.check_author)

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(description="`next` of the page before")]
After = Annotated[
    int | None,
    Query(ge=0, le=2_147_483_647, description="Only messages with a higher number; not with a cursor"),
]
MAYBE_TOKEN: dict[str, Any] = {"security": [{}, {"token": []}]}
TOKEN: dict[str, Any] = {"security": [{"token": []}]}
READ = (Unauthorized, Unavailable)
WRITE = (BadRequest, Unauthorized, TooLarge, UnsupportedMediaType, Invalid, Unavailable)


@router.get(
    "/api/topics/{topic_id}/messages",
    summary="A topic's messages by number",
    response_model=TopicMessagePage,
    responses=problems(*READ, BadCursor, Invalid, TopicNotFound),
    openapi_extra=MAYBE_TOKEN,
)
async def list_messages_of_topic(
    topic_id: str,
    request: Request,
    db: Db,
    _: Viewer,
    limit: Limit = 20,
    cursor: Cursor = None,
    after: After = None,
) -> Response:
    state, topic = request.app.state, parse_id(topic_id, TopicNotFound)
    page, last = await reading.messages_of_topic(
        db, state.cursors, state.learn_topic, topic, limit, cursor, after
    )
    return answers.page(request, *page, last_number=last)


@router.post(
    "/api/topics/{topic_id}/messages",
    summary="Reply in a topic",
    status_code=201,
    response_model=Message,
    responses=problems(*WRITE, IdempotencyKeyReused, TopicNotFound, Suspended, TopicLocked),
    openapi_extra=TOKEN,
)
async def reply(topic_id: str, new: NewMessage, request: Request, db: Db, caller: Caller) -> Response:
    topic, learn = parse_id(topic_id, TopicNotFound), request.app.state.learn_topic
    message = await operations.reply(db, learn, caller, topic, new)
    return answers.saved(message, 1, location=f"/api/messages/{message['id']}")


@router.get(
    "/api/topics/{topic_id}/messages/stream",
    summary="A topic's new messages as Server-Sent Events",
    description="Events `message`, each with a Message and its number as `id`, from now on or after "
    "`Last-Event-ID`. A comment every 15 seconds. Edits and deletions are not sent.",
    response_class=Response,
    responses={
        200: {"description": "The stream", "content": {"text/event-stream": {}}},
        **problems(*READ, TopicNotFound),
    },
    openapi_extra=MAYBE_TOKEN,
)
async def follow_topic(
    topic_id: str,
    request: Request,
    db: Db,
    _: Viewer,
    last_event_id: Annotated[str, Header(description="The number of the last message received")] = "",
) -> Response:
    state, topic = request.app.state, parse_id(topic_id, TopicNotFound)
    position = await reading.last_number(db, state.learn_topic, topic)
    if last_event_id.isascii() and last_event_id.isdigit():
        position = min(position, int(last_event_id[:10]))
    return EventStream(state.live_streams, topic, position)


@router.get(
    "/api/messages",
    summary="Everybody's messages, newest first; with `q` best first",
    response_model=MessagePage,
    responses=problems(*READ, BadCursor, Invalid),
    openapi_extra=MAYBE_TOKEN,
)
async def list_messages(
    request: Request,
    db: Db,
    _: Viewer,
    author: Annotated[Text | None, Query(description="A username, in any case")] = None,
    q: Annotated[Text | None, Query(max_length=500, description='Words, "phrases", or, -without')] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    cursors = request.app.state.cursors
    if q is None or not q.strip():
        page = await reading.newest_messages(db, cursors, author, limit, cursor)
    else:
        page = await reading.best_messages(db, cursors, q, author, limit, cursor)
    return answers.page(request, *page)


@router.get(
    "/api/messages/{message_id}",
    summary="One message",
    response_model=Message,
    responses=problems(*READ, MessageNotFound),
    openapi_extra=MAYBE_TOKEN,
)
async def read_message(message_id: str, request: Request, db: Db, _: Viewer) -> Response:
    return answers.entity(request, *await reading.one_message(db, parse_id(message_id, MessageNotFound)))


@router.patch(
    "/api/messages/{message_id}",
    summary="Edit one's own message",
    response_model=Message,
    responses=problems(*WRITE, MessageNotFound, NotAllowed, Suspended, PreconditionFailed),
    openapi_extra=TOKEN,
)
async def edit_message(
    message_id: str, new: EditedMessage, tx: Tx, caller: Caller, expected: IfMatch
) -> Response:
    found = parse_id(message_id, MessageNotFound)
    return answers.saved(*await operations.edit_message(tx, caller, found, new.body, expected))


@router.delete(
    "/api/messages/{message_id}",
    summary="Delete a message, one's own or as a moderator",
    status_code=204,
    responses=problems(Unauthorized, MessageNotFound, NotAllowed, Suspended, PreconditionFailed, Unavailable),
    openapi_extra=TOKEN,
)
async def delete_message(message_id: str, tx: Tx, caller: Caller, expected: IfMatch) -> Response:
    await operations.delete_message(tx, caller, parse_id(message_id, MessageNotFound), expected)
    return Response(status_code=204)
