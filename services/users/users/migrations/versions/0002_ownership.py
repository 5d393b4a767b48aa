"""Who owns the data, and the fence before those who write where they are not."""

from alembic import op

from chassis import ownership
from chassis.migrate import run_script

revision = "0002"
down_revision = "0001"

# Stamps are each side's own.
USERS = [
    "id",
    "username",
    "reserved_name",
    "display_name",
    "bio",
    "role",
    "state",
    "password_hash",
    "email",
    "external_id",
    "created_at",
    "version",
]
KEYS = ["kid", "jwk", "state", "private", "created_at", "signs_from", "retires_at"]
SCRIPTS = [
    ownership.ddl("users"),
    ownership.fence_ddl("users", "users", USERS),
    ownership.fence_ddl("users", "keys", KEYS),
    *(
        ownership.fence_ddl("users", table)
        for table in ("sessions", "login_attempts", "moderation_log", "idempotency")
    ),
]


def upgrade() -> None:
    """Adds the row and the fence."""
    for script in SCRIPTS:
        run_script(op.get_bind(), script)
