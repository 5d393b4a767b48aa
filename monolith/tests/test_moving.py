"""The monolith while the data of one of its services are elsewhere, and come here by replication."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from monolith_filled import identity

from messages.peers import REMEMBER

ELSEWHERE = "UPDATE {0}.ownership SET state = 'elsewhere', peer = 'http://there'"
ADA = "INSERT INTO users.users (id, username, reserved_name, display_name) VALUES ($1, 'Ada', 'ada', 'Ada')"
TOPIC = """
    INSERT INTO topics.topics (id, author_id, title, body, html, render_version, tags, created_at)
    VALUES ($1, $1, 'Title', '', '', 1, '{}', now())
"""
AUTHOR = """
    INSERT INTO messages.authors (id, username, display_name, state) VALUES ($1, 'Ada', 'Ada', 'active')
    ON CONFLICT DO NOTHING
"""
KNOWN = REMEMBER.sql.replace("$2", "'open'")  # as the service adds it


@pytest.fixture
async def coming(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection whose rows are on their way until it commits, as those of replication are."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@pytest.mark.parametrize(("schema", "row", "addition"), [("users", ADA, AUTHOR), ("topics", TOPIC, KNOWN)])
async def test_a_row_on_its_way_is_waited_for(
    forum: asyncpg.Connection, coming: asyncpg.Connection, schema: str, row: str, addition: str
) -> None:
    made: UUID = uuid4()
    transaction = coming.transaction()
    await transaction.start()
    await coming.execute(row, made)
    await forum.execute(ELSEWHERE.format(schema))
    adding = asyncio.create_task(forum.execute(addition, made))
    done, _ = await asyncio.wait([adding], timeout=0.2)
    assert not done
    await transaction.commit()
    assert await adding == "INSERT 0 0"


@pytest.mark.parametrize(("schema", "addition"), [("users", AUTHOR), ("topics", KNOWN)])
async def test_a_row_that_does_not_come_is_not_waited_for_long(
    forum: asyncpg.Connection, schema: str, addition: str
) -> None:
    with pytest.raises(asyncpg.NotNullViolationError):  # here, what is not there does not exist
        await forum.execute(addition, uuid4())
    await forum.execute(ELSEWHERE.format(schema))
    with pytest.raises(asyncpg.LockNotAvailableError, match="has not come"):
        await forum.execute(addition, uuid4())


async def test_each_service_is_fenced_by_itself(forum: asyncpg.Connection) -> None:
    await forum.execute(ELSEWHERE.format("users"))
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="the data of users are elsewhere"):
        await forum.execute("UPDATE users.users SET bio = ''")
    await forum.execute("UPDATE topics.topics SET title = 'Another' WHERE id = $1", identity(2, 1))
    await forum.execute(ELSEWHERE.format("topics"))
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="the data of topics are elsewhere"):
        await forum.execute("UPDATE topics.topics SET title = 'A third' WHERE id = $1", identity(2, 1))
    await forum.execute("UPDATE messages.activity SET message_count = 7 WHERE topic_id = $1", identity(2, 1))
    counted = "SELECT message_count FROM topics.topics WHERE id = $1"
    assert await forum.fetchval(counted, identity(2, 1)) == 7, "each side counts for itself"


async def test_what_moves_is_fenced_and_what_each_side_makes_is_counted_on_rows_of_replication_too(
    forum: asyncpg.Connection,
) -> None:
    fired = await forum.fetch("""
        SELECT tgrelid::regclass::text AS relation, tgname AS name, tgenabled AS when_replicated
        FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
    """)
    always = {(row["relation"], row["name"]) for row in fired if row["when_replicated"] == b"A"}
    assert ("messages.activity", "tell_topics") in always
    assert ("topics.topics", "begin_activity") in always
    assert not {name for _, name in always} & {"fence", "await_row"}
