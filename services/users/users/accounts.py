"""What people do with their own account, and how they are found."""

from asyncpg import Record

from chassis.answers import Expectation
from chassis.database import Queries, Transaction, sql
from chassis.ids import uuid7
from chassis.problem import Unauthorized
from users.errors import LastAdmin, UsernameTaken, UserNotFound, WrongPassword
from users.identity import Me
from users.models import USER
from users.moderation import with_admins
from users.names import DELETED, reserved
from users.passwords import Passwords
from users.schemas import NewAccount, PasswordChange, ProfileChange

PAST_EVERY_NAME = "\U0010ffff"

REGISTER = sql(f"""
    INSERT INTO users.users (id, username, reserved_name, display_name, password_hash)
    VALUES (:id, :username, :reserved_name, :display_name, :password_hash)
    ON CONFLICT (reserved_name) DO NOTHING
    RETURNING {USER}
""")
FIND = sql(f"SELECT {USER} FROM users.users WHERE reserved_name = :name AND state <> 'deleted'")
SEARCH = sql(f"""
    SELECT reserved_name, {USER} FROM users.users
    WHERE reserved_name > :after AND reserved_name >= :first AND reserved_name < :last AND state <> 'deleted'
    ORDER BY reserved_name LIMIT :limit
""")
OWN = sql(f"SELECT {USER} FROM users.users WHERE id = :id AND state <> 'deleted'")
OWN_LOCKED = sql(f"SELECT {USER} FROM users.users WHERE id = :id AND state <> 'deleted' FOR NO KEY UPDATE")
CHANGE_PROFILE = sql(f"""
    UPDATE users.users SET display_name = :display_name, bio = :bio, version = version + 1 WHERE id = :id
    RETURNING {USER}
""")
KEPT_HASH = sql("SELECT password_hash FROM users.users WHERE id = :id AND state <> 'deleted'")
CHANGE_PASSWORD = sql("""
    UPDATE users.users SET password_hash = :new WHERE id = :id AND password_hash = :old RETURNING true
""")
END_OTHERS = sql("""
    UPDATE users.sessions SET ended_at = now()
    WHERE user_id = :user AND id <> :session AND ended_at IS NULL
""")
LEAVE = sql(f"""
    UPDATE users.users SET state = 'deleted', role = 'member', username = '{DELETED}',
        display_name = 'Deleted user', bio = '', password_hash = NULL, email = NULL, external_id = NULL,
        version = version + 1
    WHERE id = :id AND password_hash = :password_hash
    RETURNING true
""")
FORGET_SESSIONS = sql("DELETE FROM users.sessions WHERE user_id = :user")


async def register(db: Queries, passwords: Passwords, new: NewAccount) -> Record:
    """A new member; UsernameTaken."""
    name = reserved(new.username)
    if name == DELETED:
        raise UsernameTaken()
    row = await db.one(
        REGISTER,
        id=uuid7(),
        username=new.username,
        reserved_name=name,
        display_name=new.display_name or new.username,
        password_hash=await passwords.hash(new.password),
    )
    if row is None:
        raise UsernameTaken()
    return row


async def find(db: Queries, username: str) -> Record:
    """The user of that name in any case; UserNotFound."""
    row = await db.one(FIND, name=reserved(username))
    if row is None:
        raise UserNotFound()
    return row


async def search(db: Queries, prefix: str, *, after: str, limit: int) -> list[Record]:
    """Users whose name begins so, by name, behind the reserved name `after`."""
    first = reserved(prefix)
    return await db.all(SEARCH, first=first, last=first + PAST_EVERY_NAME, after=after, limit=limit)


async def own_profile(db: Queries, me: Me) -> Record:
    """My own row; Unauthorized when it was deleted a moment ago."""
    return _there(await db.one(OWN, id=me.id))


async def change_profile(db: Transaction, me: Me, change: ProfileChange, expected: Expectation) -> Record:
    """My profile, changed where something was sent; Suspended, PreconditionFailed."""
    me.may_write()
    row = _there(await db.one(OWN_LOCKED, id=me.id))
    expected.check(row["version"])
    wanted = {"display_name": row["display_name"], "bio": row["bio"]} | change.model_dump(exclude_unset=True)
    if all(row[name] == value for name, value in wanted.items()):
        return row
    return _there(await db.one(CHANGE_PROFILE, id=me.id, **wanted))


async def change_password(
    db: Queries, transaction: Transaction, passwords: Passwords, me: Me, change: PasswordChange
) -> None:
    """A new password, and the end of my other sessions; Suspended, WrongPassword."""
    old = await _checked(db, passwords, me, change.current)
    new = await passwords.hash(change.new)
    if not await transaction.one(CHANGE_PASSWORD, id=me.id, old=old, new=new):
        raise WrongPassword()
    await transaction.run(END_OTHERS, user=me.id, session=me.session)


async def leave(db: Queries, transaction: Transaction, passwords: Passwords, me: Me, password: str) -> None:
    """Deletes my account; Suspended, WrongPassword, LastAdmin. My texts stay, my name stays taken."""
    kept = await _checked(db, passwords, me, password)
    user, other_admins = await with_admins(transaction, me.username)
    if user["role"] == "admin" and not other_admins:
        raise LastAdmin()
    if not await transaction.one(LEAVE, id=me.id, password_hash=kept):
        raise WrongPassword()
    await transaction.run(FORGET_SESSIONS, user=me.id)


async def _checked(db: Queries, passwords: Passwords, me: Me, password: str) -> str:
    me.may_write()
    row = await db.one(KEPT_HASH, id=me.id)
    kept: str | None = row and row["password_hash"]
    if not await passwords.match(kept, password) or kept is None:
        raise WrongPassword()
    return kept


def _there(row: Record | None) -> Record:
    if row is None:
        raise Unauthorized("This account was deleted.")
    return row
