"""What the one who runs the forum does from its command line, asking nobody."""

from pydantic import ValidationError

from chassis.database import Database, sql
from chassis.ids import uuid7
from chassis.problem import Invalid
from users.accounts import FORGET_SESSIONS
from users.errors import UsernameTaken, UserNotFound
from users.names import DELETED, reserved
from users.passwords import Passwords
from users.schemas import NewAccount

MAKE_ADMIN = sql("""
    INSERT INTO users.users (id, username, reserved_name, display_name, role, password_hash)
    VALUES (:id, :username, :reserved_name, CAST(:username AS text), 'admin', :password_hash)
    ON CONFLICT (reserved_name) DO UPDATE
        SET role = 'admin', state = 'active', password_hash = excluded.password_hash,
            version = users.version + 1
        WHERE users.state <> 'deleted'
    RETURNING id, id = CAST(:id AS uuid) AS is_new
""")
SET_PASSWORD = sql("""
    UPDATE users.users SET password_hash = :password_hash
    WHERE reserved_name = :reserved_name AND state <> 'deleted'
    RETURNING id
""")


async def make_admin(database: Database, username: str, password: str) -> bool:
    """Makes an active administrator with this password, of a new account (True) or the one that has the name.
    Its sessions end. Invalid, UsernameTaken."""
    account = _account(username, password)
    if reserved(username) == DELETED:
        raise UsernameTaken()
    password_hash = await Passwords().hash(account.password)
    async with database.transaction() as transaction:
        row = await transaction.one(
            MAKE_ADMIN,
            id=uuid7(),
            username=username,
            reserved_name=reserved(username),
            password_hash=password_hash,
        )
        if row is None:
            raise UsernameTaken("This username belonged to an account that was deleted")
        await transaction.run(FORGET_SESSIONS, user=row["id"])
    return bool(row["is_new"])


async def set_password(database: Database, username: str, password: str) -> None:
    """Gives an account a new password and ends its sessions. Invalid, UserNotFound."""
    account = _account(username, password)
    password_hash = await Passwords().hash(account.password)
    async with database.transaction() as transaction:
        row = await transaction.one(
            SET_PASSWORD, reserved_name=reserved(username), password_hash=password_hash
        )
        if row is None:
            raise UserNotFound()
        await transaction.run(FORGET_SESSIONS, user=row["id"])


def _account(username: str, password: str) -> NewAccount:
    try:
        return NewAccount(username=username, password=password)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(str(first["loc"][0]), first["msg"]) from error
