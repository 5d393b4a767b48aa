"""Topics, their tags, what search looks in, and the moderation log.

`message_count`, `last_activity_at` and `last_author_id` change with every message, and two orders have an
index over them (the third takes the primary key's), so that this update writes to every index of the
table. The text index therefore stands on a table of its own: on this one, a message would index its
topic's whole text again.

Tag counts and search documents are derived by row triggers that are ENABLE ALWAYS: rows that come by
replication are counted and indexed on the applying side.
"""

from alembic import op

from chassis import changes, follow, idempotency
from chassis.migrate import run_script

revision = "0001"
down_revision = None

TABLES = """
    CREATE TABLE topics.topics (
        id uuid PRIMARY KEY,
        author_id uuid NOT NULL,
        title text NOT NULL,
        body text NOT NULL,
        html text NOT NULL,
        render_version smallint NOT NULL,
        tags text[] NOT NULL,
        pinned boolean NOT NULL DEFAULT false,
        state text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'locked', 'deleted')),
        message_count integer NOT NULL DEFAULT 0,
        last_activity_at timestamptz NOT NULL,
        last_author_id uuid,
        created_at timestamptz NOT NULL,
        edited_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        search_config regconfig NOT NULL DEFAULT 'simple'
    );
    CREATE INDEX topics_latest ON topics.topics (pinned DESC, last_activity_at DESC, id DESC)
        WHERE state <> 'deleted';
    CREATE INDEX topics_top ON topics.topics (message_count DESC, id DESC) WHERE state <> 'deleted';
    CREATE INDEX topics_author ON topics.topics (author_id, id DESC) WHERE state <> 'deleted';
    CREATE INDEX topics_tags ON topics.topics USING gin (tags) WHERE state <> 'deleted';

    CREATE TABLE topics.tags (tag text COLLATE "C" PRIMARY KEY, topics integer NOT NULL);
    CREATE INDEX tags_most_used ON topics.tags (topics DESC, tag);

    CREATE TABLE topics.search (topic_id uuid PRIMARY KEY, document tsvector NOT NULL);
    CREATE INDEX search_document ON topics.search USING gin (document);

    CREATE TABLE topics.moderation_log (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        moderator_id uuid NOT NULL,
        action text COLLATE "C" NOT NULL,
        target_id uuid NOT NULL,
        reason text,
        at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX moderation_log_target ON topics.moderation_log (target_id, at);
"""

# In the order of the tags, so that two writers of the same tags wait for each other and never both.
COUNT_TAGS = """
    CREATE FUNCTION topics.count_tags() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        lost text[] := '{}';
        won text[] := '{}';
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.state <> 'deleted' THEN lost := OLD.tags; END IF;
        IF NEW.state <> 'deleted' THEN won := NEW.tags; END IF;
        INSERT INTO topics.tags AS kept (tag, topics)
        SELECT tag, sum(step)
        FROM (SELECT unnest(lost), -1 UNION ALL SELECT unnest(won), 1) AS steps (tag, step)
        GROUP BY tag HAVING sum(step) <> 0 ORDER BY tag COLLATE "C"
        ON CONFLICT (tag) DO UPDATE SET topics = kept.topics + excluded.topics;
        RETURN NULL;
    END $$;
    CREATE TRIGGER count_new_tags AFTER INSERT ON topics.topics
        FOR EACH ROW WHEN (NEW.tags <> '{}') EXECUTE FUNCTION topics.count_tags();
    CREATE TRIGGER count_changed_tags AFTER UPDATE ON topics.topics
        FOR EACH ROW WHEN (OLD.tags <> NEW.tags OR (OLD.state = 'deleted') <> (NEW.state = 'deleted'))
        EXECUTE FUNCTION topics.count_tags();
    ALTER TABLE topics.topics ENABLE ALWAYS TRIGGER count_new_tags;
    ALTER TABLE topics.topics ENABLE ALWAYS TRIGGER count_changed_tags;
"""

# A tsvector holds 1 MiB and raises beyond; the densest text takes 9 bytes a character.
INDEX_TEXT = """
    CREATE FUNCTION topics.index_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO topics.search (topic_id, document)
        SELECT NEW.id, setweight(to_tsvector(NEW.search_config, left(NEW.title, 1000)), 'A')
            || to_tsvector(NEW.search_config, left(NEW.body, 100000))
        ON CONFLICT (topic_id) DO UPDATE SET document = excluded.document;
        RETURN NULL;
    END $$;
    CREATE TRIGGER index_new_text AFTER INSERT ON topics.topics
        FOR EACH ROW EXECUTE FUNCTION topics.index_text();
    CREATE TRIGGER index_changed_text AFTER UPDATE ON topics.topics
        FOR EACH ROW WHEN (
            OLD.title <> NEW.title OR OLD.body <> NEW.body OR OLD.search_config <> NEW.search_config
        ) EXECUTE FUNCTION topics.index_text();
    ALTER TABLE topics.topics ENABLE ALWAYS TRIGGER index_new_text;
    ALTER TABLE topics.topics ENABLE ALWAYS TRIGGER index_changed_text;
"""


def upgrade() -> None:
    """The whole schema but for the seam, which is the composition's."""
    connection = op.get_bind()
    for script in (
        TABLES,
        COUNT_TAGS,
        INDEX_TEXT,
        idempotency.ddl("topics"),
        changes.ddl("topics"),
        changes.stamp_ddl("topics", "topics", "id", ["id", "state"]),
        follow.ddl("topics"),
    ):
        run_script(connection, script)
