"""What people do with messages: reply, edit, delete. Lock order: the topic's row in `activity` first."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, select

from chassis.answers import Expectation
from chassis.database import Queries, Statement, Transaction, sql
from chassis.endpoint import AskFirst
from chassis.ids import uuid7
from chassis.markdown import RENDER_VERSION, rendered
from chassis.problem import Invalid, NotAllowed, Problem, Unauthorized
from chassis.text import timestamp
from chassis.tokens import Claims
from messages import schemas
from messages.errors import MessageNotFound, Suspended, TopicLocked, TopicNotFound
from messages.models import authors, messages
from messages.peers import Learn
from messages.reading import ONE_SELECT
from messages.schemas import NewMessage

MODERATORS = frozenset({"moderator", "admin"})

# One statement, so one round trip. The row of `activity` is locked from here to the commit: numbers are
# dense, and rise in the order of commits. A message's time is taken under that lock too, and is the
# topic's last activity, unless an import brought a time that has not come yet.
REPLY = sql("""
    WITH topic AS (SELECT state FROM messages.topics WHERE id = CAST(:topic AS uuid)),
    author AS (
        SELECT username, display_name, state FROM messages.authors WHERE id = CAST(:author AS uuid)
    ), target AS (
        SELECT FROM messages.messages
        WHERE id = CAST(:reply_to AS uuid) AND topic_id = CAST(:topic AS uuid) AND deleted_at IS NULL
    ), allowed AS (
        SELECT FROM topic
        WHERE state = 'open' AND NOT EXISTS (SELECT FROM author WHERE state <> 'active')
          AND (CAST(:reply_to AS uuid) IS NULL OR EXISTS (SELECT FROM target))
    ), counted AS (
        INSERT INTO messages.activity AS a
            (topic_id, last_number, message_count, last_activity_at, last_author_id)
        SELECT CAST(:topic AS uuid), 1, 1, clock_timestamp(), CAST(:author AS uuid) FROM allowed
        ON CONFLICT (topic_id) DO UPDATE SET
            last_number = a.last_number + 1,
            message_count = a.message_count + 1,
            last_author_id = CASE WHEN a.last_activity_at > clock_timestamp()
                THEN a.last_author_id ELSE excluded.last_author_id END,
            last_activity_at = greatest(a.last_activity_at, clock_timestamp())
        RETURNING last_number AS number, least(last_activity_at, clock_timestamp()) AS created_at
    ), newcomer AS (
        INSERT INTO messages.authors (id, username, display_name, state)
        SELECT CAST(:author AS uuid), CAST(:username AS text), CAST(:display_name AS text), 'active'
        FROM counted WHERE NOT EXISTS (SELECT FROM author)
        ON CONFLICT DO NOTHING
    ), posted AS (
        INSERT INTO messages.messages
            (id, topic_id, number, author_id, body, html, render_version, reply_to, created_at)
        SELECT CAST(:id AS uuid), CAST(:topic AS uuid), number, CAST(:author AS uuid), CAST(:body AS text),
            CAST(:html AS text), CAST(:render_version AS smallint), CAST(:reply_to AS uuid), created_at
        FROM counted
    )
    SELECT topic.state AS topic_state, author.state AS author_state, author.username, author.display_name,
        EXISTS (SELECT FROM target) AS target_there, counted.number, counted.created_at
    FROM (SELECT) AS always
        LEFT JOIN topic ON true LEFT JOIN author ON true LEFT JOIN counted ON true
""")
WRITER = Statement(select(authors.c.state).where(authors.c.id == bindparam("id")))
LOCK_MESSAGE = Statement(ONE_SELECT.with_for_update(of=messages))
LOCK_ACTIVITY = sql("""
    SELECT a.topic_id FROM messages.activity a JOIN messages.messages m ON m.topic_id = a.topic_id
    WHERE m.id = CAST(:id AS uuid) FOR UPDATE OF a
""")
EDIT = sql("""
    UPDATE messages.messages SET body = :body, html = :html, render_version = :render_version,
        edited_at = clock_timestamp(), version = version + 1
    WHERE id = :id RETURNING edited_at, version
""")
DELETE = sql("UPDATE messages.messages SET deleted_at = clock_timestamp() WHERE id = :id")
UNCOUNT = sql("""
    UPDATE messages.activity SET message_count = message_count - 1,
        last_activity_at = newest.created_at, last_author_id = newest.author_id
    FROM (SELECT) AS always LEFT JOIN LATERAL (
        SELECT created_at, author_id FROM messages.messages
        WHERE topic_id = CAST(:topic AS uuid) AND deleted_at IS NULL
        ORDER BY created_at DESC, number DESC LIMIT 1
    ) AS newest ON true
    WHERE activity.topic_id = CAST(:topic AS uuid)
""")
LOG = sql("""
    INSERT INTO messages.moderation_log (id, moderator_id, action, target_id)
    VALUES (:id, :moderator_id, :action, :target_id)
""")


async def reply(db: Queries, learn: Learn, caller: Claims, topic: UUID, new: NewMessage) -> dict[str, Any]:
    """Posts a message. Unauthorized, TopicNotFound, Invalid (`reply_to`), Suspended or TopicLocked."""
    message = uuid7()
    html = await rendered(new.body)
    try:
        facts = await db.one(
            REPLY,
            id=message,
            topic=topic,
            author=caller.id,
            username=caller.username,
            display_name=caller.display_name,
            body=new.body,
            html=html,
            render_version=RENDER_VERSION,
            reply_to=new.reply_to,
        )
    except asyncpg.NotNullViolationError as error:  # `authors` is a view, and users lost this one
        raise Unauthorized("This account does not exist.") from error
    assert facts is not None  # noqa: S101  the statement always answers
    if facts["topic_state"] is None and facts["author_state"] != "deleted":
        raise AskFirst(partial(learn, topic))
    if facts["number"] is None:
        raise _refusal(facts, new)
    return {
        "id": message,
        "topic_id": topic,
        "number": facts["number"],
        "author": schemas.author(
            caller.id,
            facts["username"] or caller.username,
            facts["display_name"] or caller.display_name,
        ),
        "body": new.body,
        "html": html,
        "reply_to": new.reply_to,
        "created_at": timestamp(facts["created_at"]),
        "edited_at": None,
    }


def _refusal(facts: Mapping[str, Any], new: NewMessage) -> Problem:
    """Why a message was not posted to a topic that is known."""
    if facts["author_state"] == "deleted":
        return Unauthorized("This account is deleted.")
    if facts["topic_state"] == "deleted":
        return TopicNotFound()
    if new.reply_to is not None and not facts["target_there"]:
        return Invalid("reply_to", "is not a message of this topic")
    if facts["author_state"] == "suspended":
        return Suspended()
    return TopicLocked()


async def edit_message(
    tx: Transaction, caller: Claims, message: UUID, body: str, expected: Expectation
) -> tuple[dict[str, Any], int]:
    """Gives a message a new text; the same text changes nothing. The message and its version, or
    Unauthorized, MessageNotFound, NotAllowed, Suspended or PreconditionFailed."""
    html = await rendered(body)
    state = await check_author(tx, caller)
    row = await tx.one(LOCK_MESSAGE, id=message)
    if row is None:
        raise MessageNotFound()
    if state == "suspended":
        raise Suspended()
    if row["author_id"] != caller.id:
        raise NotAllowed("Only its author edits a message.")
    expected.check(row["version"])
    if row["body"] == body:
        return schemas.message(row), row["version"]
    edit = await tx.one(EDIT, id=message, body=body, html=html, render_version=RENDER_VERSION)
    assert edit is not None  # noqa: S101  the row is locked
    edited = {**schemas.message(row), "body": body, "html": html, "edited_at": timestamp(edit["edited_at"])}
    return edited, edit["version"]


async def delete_message(tx: Transaction, caller: Claims, message: UUID, expected: Expectation) -> None:
    """Deletes a message, one's own or, as a moderator, anybody's. Raises as `edit_message` does."""
    state = await check_author(tx, caller)
    counter = await tx.one(LOCK_ACTIVITY, id=message)
    row = await tx.one(LOCK_MESSAGE, id=message)
    if counter is None or row is None:
        raise MessageNotFound()
    if state == "suspended":
        raise Suspended()
    own = row["author_id"] == caller.id
    if not own and caller.role not in MODERATORS:
        raise NotAllowed("Only its author and moderators delete a message.")
    expected.check(row["version"])
    await tx.run(DELETE, id=message)
    await tx.run(UNCOUNT, topic=counter["topic_id"])
    if not own:
        await tx.run(LOG, id=uuid7(), moderator_id=caller.id, action="delete", target_id=message)


async def check_author(db: Queries, caller: Claims) -> str:
    """The state of the caller's account, `active` where no feed has brought it yet; Unauthorized when
    it is deleted."""
    row = await db.one(WRITER, id=caller.id)
    if row is not None and row["state"] == "deleted":
        raise Unauthorized("This account is deleted.")
    return row["state"] if row is not None else "active"
