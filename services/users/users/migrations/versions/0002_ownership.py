"""Who owns the data, and the fence before those who write where they are not."""

from alembic import op

from chassis import ownership
from chassis.migrate import run_script

revision = "0002"
down_revision = "0001"

SCRIPTS = [
    ownership.ddl("users"),
    ownership.fence_ddl("users", "users", but=["changed"]),
    ownership.fence_ddl("users", "keys", but=["changed"]),
    *(
        ownership.fence_ddl("users", table)
        for table in ("sessions", "login_attempts", "moderation_log", "idempotency")
    ),
]


def upgrade() -> None:
    """Adds the row and the fence."""
    for script in SCRIPTS:
        run_script(op.get_bind(), script)
