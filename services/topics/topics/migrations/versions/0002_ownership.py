"""Who owns the data, and the fence before those who write where they are not."""

from alembic import op

from chassis import ownership
from chassis.migrate import run_script

revision = "0002"
down_revision = "0001"

# Stamps are each side's own, and how many messages there are.
TOPICS = [
    "id",
    "author_id",
    "title",
    "body",
    "html",
    "render_version",
    "tags",
    "pinned",
    "state",
    "created_at",
    "edited_at",
    "version",
    "search_config",
]
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
    ownership.fence_ddl("topics", "topics", TOPICS),
    *(ownership.fence_ddl("topics", table) for table in ("moderation_log", "idempotency")),
    BEGIN_ACTIVITY,
]


def upgrade() -> None:
    """Adds the row and the fence."""
    for script in SCRIPTS:
        run_script(op.get_bind(), script)
