"""Roles and suspensions, and the log of both."""

from asyncpg import Record

from chassis.answers import Expectation
from chassis.database import Transaction, sql
from chassis.ids import uuid7
from chassis.problem import NotAllowed
from users.errors import AdminIsSafe, LastAdmin, UserNotFound
from users.identity import Me
from users.models import USER
from users.names import reserved
from users.schemas import MODERATORS, UserChange

# In the order of their ids, so that two who change each other do not deadlock.
WITH_ADMINS = sql(f"""
    SELECT reserved_name, {USER} FROM users.users
    WHERE (role = 'admin' OR reserved_name = :name) AND state <> 'deleted'
    ORDER BY id FOR NO KEY UPDATE
""")
CHANGE = sql(f"""
    UPDATE users.users SET role = :role, state = :state, version = version + 1 WHERE id = :id
    RETURNING {USER}
""")
LOG = sql("""
    INSERT INTO users.moderation_log (id, moderator_id, action, target_id)
    VALUES (:id, :moderator, :action, :target)
""")


async def change_user(
    db: Transaction, me: Me, username: str, change: UserChange, expected: Expectation
) -> Record:
    """A user with another role or state; UserNotFound, Suspended, NotAllowed, AdminIsSafe, LastAdmin,
    PreconditionFailed. A body with both is done whole or not at all."""
    user, other_admins = await with_admins(db, username)
    role, state = change.role or user["role"], change.state or user["state"]
    me.may_write()
    if me.role not in MODERATORS:
        raise NotAllowed("Only moderators and administrators change other people's accounts")
    if change.role is not None and me.role != "admin":
        raise NotAllowed("Only administrators give roles")
    if change.state == "suspended" and "admin" in (user["role"], role):
        raise AdminIsSafe()
    if user["role"] == "admin" and role != "admin" and not other_admins:
        raise LastAdmin()
    expected.check(user["version"])
    if (role, state) == (user["role"], user["state"]):
        return user
    for action, done in (
        (f"role: {role}", role != user["role"]),
        (f"state: {state}", state != user["state"]),
    ):
        if done:
            await db.run(LOG, id=uuid7(), moderator=me.id, action=action, target=user["id"])
    changed = await db.one(CHANGE, id=user["id"], role=role, state=state)
    return changed or user


async def with_admins(db: Transaction, username: str) -> tuple[Record, bool]:
    """A user, and whether there is an active administrator besides; UserNotFound. All of them are locked, so
    that two administrators who leave at the same moment cannot both find the other."""
    name = reserved(username)
    rows = await db.all(WITH_ADMINS, name=name)
    user = next((row for row in rows if row["reserved_name"] == name), None)
    if user is None:
        raise UserNotFound()
    others = (row for row in rows if row["id"] != user["id"])
    return user, any(row["role"] == "admin" and row["state"] == "active" for row in others)
