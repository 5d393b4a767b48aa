"""Who calls, and from where. A token is worth nothing here once its session has ended or its account is
deleted."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request

from chassis import callers
from chassis.database import Queries, sql
from chassis.endpoint import Db
from chassis.problem import Unauthorized
from chassis.tokens import Caller, Claims, Viewer
from users.errors import Suspended

CURRENT = sql("""
    SELECT state FROM users.sessions JOIN users.users ON users.id = sessions.user_id
    WHERE sessions.id = :session AND users.id = :user AND ended_at IS NULL AND state <> 'deleted'
""")


class Me(NamedTuple):
    """Who calls, in a session that has not ended. The role is the token's: a new one counts from the
    next."""

    id: UUID
    username: str
    role: str
    session: UUID
    suspended: bool

    def may_write(self) -> None:
        """Suspended when a moderator has said so."""
        if self.suspended:
            raise Suspended()


async def _me(db: Db, claims: Caller) -> Me:
    return await current(db, claims)


async def _perhaps_me(db: Db, claims: Viewer) -> Me | None:
    return claims and await current(db, claims)


async def current(db: Queries, claims: Claims) -> Me:
    """Who calls; Unauthorized once the session has ended."""
    row = await db.one(CURRENT, session=claims.session, user=claims.id)
    if row is None:
        raise Unauthorized("This session has ended. Log in again.")
    return Me(claims.id, claims.username, claims.role, claims.session, row["state"] == "suspended")


async def _address(request: Request) -> str:
    """Where the web front end says its visitor is, when it shows its key; else whom our routers saw."""
    visitor = request.headers.get("visitor-address")
    return visitor if visitor and callers.known(request) == "web" else callers.address(request)


Self = Annotated[Me, Depends(_me)]
"""Whoever is logged in, or 401."""

Visitor = Annotated[Me | None, Depends(_perhaps_me)]
"""Whoever reads: somebody, None for the anonymous, or 401 for a token that is worth nothing."""

Address = Annotated[str, Depends(_address)]
"""Where the caller is, as far as we ourselves vouch for it."""
