"""What people do with topics. Refusals come in the order 401, 404, 403, 412."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import asyncpg

from chassis.answers import Expectation
from chassis.database import Queries, Transaction, sql
from chassis.ids import uuid7
from chassis.markdown import RENDER_VERSION, render
from chassis.problem import NotAllowed, Unauthorized
from chassis.tokens import Claims
from topics.errors import Suspended, TopicNotFound
from topics.reading import read_topic
from topics.schemas import NewTopic, TopicChange

MODERATORS = frozenset({"moderator", "admin"})
FOR_MODERATORS = frozenset({"pinned", "locked"})


async def start_topic(db: Queries, caller: Claims, new: NewTopic) -> dict[str, Any]:
    """The new topic, as `reading` selects one. Its author may be so new that no feed has told of
    them yet: then the token does."""
    try:
        row = await db.one(
            _START,
            id=uuid7(),
            author_id=caller.id,
            username=caller.username,
            display_name=caller.display_name,
            title=new.title,
            body=new.body,
            html=render(new.body),
            render_version=RENDER_VERSION,
            tags=new.tags,
        )
    except asyncpg.NotNullViolationError as error:  # `authors` is a view, and users lost this one
        raise Unauthorized("This account does not exist.") from error
    assert row is not None  # noqa: S101
    _refuse_deleted(row["standing"])
    _refuse_suspended(row["standing"])
    return dict(row)


async def edit_topic(
    db: Transaction, caller: Claims, topic_id: UUID, change: TopicChange, expected: Expectation
) -> asyncpg.Record:
    """The topic as it is then. Authors edit their text and tags; moderators anything."""
    topic = await _lock(db, caller, topic_id)
    sent = change.model_dump(exclude_unset=True)
    is_moderator = caller.role in MODERATORS
    if not is_moderator and (topic["author_id"] != caller.id or sent.keys() & FOR_MODERATORS):
        raise NotAllowed()
    expected.check(topic["version"])
    if "locked" in sent:
        sent["state"] = "locked" if sent.pop("locked") else "open"
    changed = {name: value for name, value in sent.items() if value != topic[name]}
    if changed:
        await _save(db, topic, changed)
        await _log(db, caller, topic, _moderated(caller, topic, changed))
    return await read_topic(db, topic_id)


async def delete_topic(db: Transaction, caller: Claims, topic_id: UUID, expected: Expectation) -> None:
    """Softly: the row stays, and the feed tells of it."""
    topic = await _lock(db, caller, topic_id)
    if topic["author_id"] != caller.id and caller.role not in MODERATORS:
        raise NotAllowed()
    expected.check(topic["version"])
    await db.run(_DELETE, id=topic_id)
    await _log(db, caller, topic, ["delete"] if topic["author_id"] != caller.id else [])


async def _lock(db: Transaction, caller: Claims, topic_id: UUID) -> asyncpg.Record:
    """The topic, locked until the end, for a caller in good standing."""
    standing = await check_author(db, caller)
    topic = await db.one(_LOCK, id=topic_id)
    if topic is None:
        raise TopicNotFound()
    _refuse_suspended(standing)
    return topic


async def check_author(db: Queries, caller: Claims) -> str | None:
    """The state of the caller's account, None where no feed has brought it yet; Unauthorized when deleted."""
    row = await db.one(_STANDING, id=caller.id)
    standing: str | None = row and row["state"]
    _refuse_deleted(standing)
    return standing


def _refuse_deleted(standing: str | None) -> None:
    if standing == "deleted":
        raise Unauthorized("This account is deleted.")


def _refuse_suspended(standing: str | None) -> None:
    if standing == "suspended":
        raise Suspended()


async def _save(db: Transaction, topic: asyncpg.Record, changed: dict[str, Any]) -> None:
    """Writes what differs. Only another text or other tags make a new version."""
    after = {**topic, **changed}
    html = render(changed["body"]) if "body" in changed else None
    await db.run(
        _SAVE,
        id=topic["id"],
        title=after["title"],
        body=after["body"],
        html=html,
        render_version=RENDER_VERSION,
        tags=after["tags"],
        pinned=after["pinned"],
        state=after["state"],
        edited=bool(changed.keys() & {"title", "body", "tags"}),
    )


def _moderated(caller: Claims, topic: asyncpg.Record, changed: dict[str, Any]) -> Iterable[str]:
    """What of a change belongs in the moderation log."""
    if topic["author_id"] != caller.id and changed.keys() & {"title", "body", "tags"}:
        yield "edit"
    if "pinned" in changed:
        yield "pin" if changed["pinned"] else "unpin"
    if "state" in changed:
        yield "lock" if changed["state"] == "locked" else "unlock"


async def _log(db: Transaction, caller: Claims, topic: asyncpg.Record, actions: Iterable[str]) -> None:
    for action in actions:
        await db.run(_LOG, id=uuid7(), moderator_id=caller.id, action=action, target_id=topic["id"])


_START = sql("""
    WITH known AS (
        SELECT username, display_name, state FROM topics.authors WHERE id = CAST(:author_id AS uuid)
    ), unknown AS (
        INSERT INTO topics.authors (id, username, display_name, state)
        SELECT CAST(:author_id AS uuid), CAST(:username AS text), CAST(:display_name AS text), 'active'
        WHERE NOT EXISTS (SELECT FROM known)
        ON CONFLICT DO NOTHING
    ), started AS (
        INSERT INTO topics.topics
            (id, author_id, title, body, html, render_version, tags, created_at, last_activity_at)
        SELECT CAST(:id AS uuid), CAST(:author_id AS uuid), :title, :body, :html,
            CAST(:render_version AS smallint), CAST(:tags AS text[]), now(), now()
        WHERE NOT EXISTS (SELECT FROM known WHERE state <> 'active')
        RETURNING *
    )
    SELECT started.*, known.state AS standing,
        coalesce(known.username, CAST(:username AS text)) AS username,
        coalesce(known.display_name, CAST(:display_name AS text)) AS display_name
    FROM (SELECT) AS always LEFT JOIN known ON true LEFT JOIN started ON true
""")
_STANDING = sql("SELECT state FROM topics.authors WHERE id = :id")
_LOCK = sql("""
    SELECT id, author_id, title, body, tags, pinned, state, version FROM topics.topics
    WHERE id = :id AND state <> 'deleted' FOR UPDATE
""")
_SAVE = sql("""
    UPDATE topics.topics SET
        title = :title,
        body = :body,
        html = coalesce(:html, html),
        render_version = CASE WHEN CAST(:html AS text) IS NULL THEN render_version ELSE :render_version END,
        tags = CAST(:tags AS text[]),
        pinned = :pinned,
        state = :state,
        edited_at = CASE WHEN CAST(:edited AS boolean) THEN now() ELSE edited_at END,
        version = version + CASE WHEN CAST(:edited AS boolean) THEN 1 ELSE 0 END
    WHERE id = :id
""")
_DELETE = sql("UPDATE topics.topics SET state = 'deleted' WHERE id = :id")
_LOG = sql("""
    INSERT INTO topics.moderation_log (id, moderator_id, action, target_id)
    VALUES (:id, :moderator_id, :action, :target_id)
""")
