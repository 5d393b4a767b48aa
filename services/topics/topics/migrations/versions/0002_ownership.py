"""Who owns the data, and the fence before those who write where they are not."""

from alembic import op

from chassis import ownership
from chassis.migrate import run_script

revision = "0002"
down_revision = "0001"

OF_EACH_SIDE = ["changed", "message_count", "last_activity_at", "last_author_id"]
# A topic that comes by replication comes without its activity: it begins with the topic.
BEGIN_ACTIVITY = """
    CREATE FUNCTION topics.begin_activity() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.last_activity_at := NEW.created_at; RETURN NEW; END';
    CREATE TRIGGER begin_activity BEFORE INSERT ON topics.topics
        FOR EACH ROW WHEN (NEW.last_activity_at IS NULL) EXECUTE FUNCTION topics.begin_activity();
    ALTER TABLE topics.topics ENABLE ALWAYS TRIGGER begin_activity;
"""
SCRIPTS = [
    ownership.ddl("topics"),
    ownership.fence_ddl("topics", "topics", but=OF_EACH_SIDE),
    *(ownership.fence_ddl("topics", table) for table in ("moderation_log", "idempotency")),
    BEGIN_ACTIVITY,
]


def upgrade() -> None:
    """Adds the row and the fence."""
    for script in SCRIPTS:
        run_script(op.get_bind(), script)
