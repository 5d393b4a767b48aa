"""Logging in, going on, and logging out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.database import Queries, Transaction, sql
from chassis.ids import uuid7
from chassis.problem import Unavailable
from users import attempts
from users.errors import BadCredentials, BadRefreshToken, SessionNotFound, Suspended
from users.identity import Me
from users.models import USER
from users.names import reserved
from users.passwords import Passwords
from users.schemas import Credentials
from users.tokens import Tokens

USER_AGENT = 300  # characters kept of it

FOR_LOGIN = sql(f"""
    SELECT {USER}, password_hash FROM users.users WHERE reserved_name = :name AND state <> 'deleted'
""")
START = sql("""
    INSERT INTO users.sessions (id, user_id, user_agent)
    SELECT CAST(:session AS uuid), id, :user_agent FROM users.users
    WHERE id = :user AND state = 'active' AND password_hash = :password_hash
    RETURNING id, serial
""")
FOR_REFRESH = sql("""
    SELECT sessions.serial, sessions.ended_at IS NOT NULL AS ended,
        sessions.last_used_at < now() - CAST(:kept AS interval) AS expired,
        users.id, username, display_name, bio, role, state, users.created_at
    FROM users.sessions JOIN users.users ON users.id = sessions.user_id
    WHERE sessions.id = :session FOR NO KEY UPDATE OF sessions
""")
MOVE_ON = sql("UPDATE users.sessions SET serial = serial + 1, last_used_at = now() WHERE id = :session")
END = sql("""
    UPDATE users.sessions SET ended_at = now() WHERE id = :session AND user_id = :user AND ended_at IS NULL
    RETURNING true
""")
DEVICES = sql("""
    SELECT id, created_at, last_used_at, user_agent FROM users.sessions
    WHERE user_id = :user AND ended_at IS NULL AND last_used_at >= now() - CAST(:kept AS interval)
    ORDER BY last_used_at DESC, id DESC
""")
FORGET_OLD = sql("DELETE FROM users.sessions WHERE last_used_at < now() - CAST(:kept AS interval)")


async def log_in(
    db: Queries,
    passwords: Passwords,
    tokens: Tokens,
    credentials: Credentials,
    *,
    address: str,
    user_agent: str,
) -> dict[str, Any]:
    """A new Session; BadCredentials, TooManyFailures, or Suspended for who knows the password."""
    name = reserved(credentials.username)
    attempt = await attempts.count(db, name, address)
    user = await db.one(FOR_LOGIN, name=name)
    try:
        right = await passwords.match(user and user["password_hash"], credentials.password)
    except Unavailable:
        await attempts.take_back(db, attempt)
        raise
    if user is None or not right:
        raise BadCredentials()
    await attempts.take_back(db, attempt)
    return await start(db, tokens, user, user_agent)


async def start(db: Queries, tokens: Tokens, user: Record, user_agent: str) -> dict[str, Any]:
    """A new Session of a user whose password was checked; BadCredentials when it changed meanwhile."""
    if user["state"] == "suspended":
        raise Suspended()
    session = await db.one(
        START,
        session=uuid7(),
        user=user["id"],
        password_hash=user["password_hash"],
        user_agent=user_agent.replace("\0", "")[:USER_AGENT],
    )
    if session is None:
        raise BadCredentials()
    return await tokens.pair(db, user, session["id"], session["serial"])


async def refresh(db: Transaction, tokens: Tokens, token: str, *, kept: timedelta) -> dict[str, Any]:
    """The next pair of a session; BadRefreshToken or Suspended. Using a token again ends its session: one of
    the two who had it stole it. A session unused for `kept` has expired."""
    session, serial = tokens.read_refresh(token)
    row = await db.one(FOR_REFRESH, session=session, kept=kept)
    if row is None or row["ended"] or row["expired"] or row["state"] == "deleted":
        raise BadRefreshToken()
    if serial != row["serial"]:
        await db.run(END, session=session, user=row["id"])
        raise BadRefreshToken("This refresh token was used before, so its session has ended. Log in again.")
    if row["state"] == "suspended":
        raise Suspended()
    await db.run(MOVE_ON, session=session)
    return await tokens.pair(db, row, session, serial + 1)


async def devices(db: Queries, me: Me, *, kept: timedelta) -> list[Mapping[str, Any]]:
    """My sessions that have not ended, the one used last first."""
    return await db.all(DEVICES, user=me.id, kept=kept)


async def end(db: Transaction, me: Me, session: UUID) -> None:
    """Ends one of my sessions; SessionNotFound for any other, Suspended."""
    if not await db.one(END, session=session, user=me.id):
        raise SessionNotFound()
    me.may_write()  # after the 404, in the order of the API; what was ended rolls back
