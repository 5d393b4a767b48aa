"""Messages, the activity of topics, and the plumbing of a service.

`search` covers the first 64,000 characters of a body (the API takes 32,000): a tsvector holds 1 MB at
most, and a longer imported text must not fail.
"""

from alembic import op

from chassis import changes, follow, idempotency
from chassis.migrate import run_script

revision = "0001"
down_revision = None

TABLES = """
    CREATE TABLE messages.messages (
        id uuid PRIMARY KEY,
        topic_id uuid NOT NULL,
        number integer NOT NULL,
        author_id uuid NOT NULL,
        body text NOT NULL,
        html text NOT NULL,
        render_version smallint NOT NULL,
        reply_to uuid,
        created_at timestamptz NOT NULL,
        edited_at timestamptz,
        deleted_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        search_config regconfig NOT NULL DEFAULT 'simple',
        search tsvector GENERATED ALWAYS AS (to_tsvector(search_config, left(body, 64000))) STORED
    );
    CREATE UNIQUE INDEX messages_topic_number ON messages.messages (topic_id, number);
    CREATE INDEX messages_topic_newest ON messages.messages (topic_id, created_at) WHERE deleted_at IS NULL;
    CREATE INDEX messages_author ON messages.messages (author_id, id);
    CREATE INDEX messages_search ON messages.messages USING gin (search);

    CREATE TABLE messages.activity (
        topic_id uuid PRIMARY KEY,
        last_number integer NOT NULL DEFAULT 0,
        message_count integer NOT NULL DEFAULT 0,
        last_activity_at timestamptz,
        last_author_id uuid
    );

    CREATE TABLE messages.moderation_log (
        id uuid PRIMARY KEY,
        moderator_id uuid NOT NULL,
        action text COLLATE "C" NOT NULL,
        target_id uuid NOT NULL,
        reason text,
        at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX moderation_log_target ON messages.moderation_log (target_id, at);
"""
SHOWN = ["message_count", "last_activity_at", "last_author_id"]


def upgrade() -> None:
    """The whole schema but for the seam, which is the composition's."""
    connection = op.get_bind()
    for script in (
        TABLES,
        idempotency.ddl("messages"),
        changes.ddl("messages"),
        changes.stamp_ddl("messages", "activity", "topic_id", SHOWN),
        follow.ddl("messages"),
    ):
        run_script(connection, script)
