-- The seam of the monolith: views and a trigger stand where the split has tables kept by feeds.
-- Views stay plain, so that the indexes of the tables below them serve.
CREATE VIEW topics.authors AS SELECT id, username, display_name, state FROM users.users;
CREATE VIEW topics.keys AS SELECT kid, jwk, state FROM users.keys;
CREATE VIEW messages.authors AS SELECT id, username, display_name, state FROM users.users;
CREATE VIEW messages.keys AS SELECT kid, jwk, state FROM users.keys;
CREATE VIEW messages.topics AS SELECT id, state FROM topics.topics;

-- The others look for an author by this, as the tables of the split let them; users has reserved_name for it.
CREATE INDEX IF NOT EXISTS authors_username ON users.users (lower(username));

CREATE OR REPLACE FUNCTION messages.tell_topics() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE topics.topics
    SET message_count = NEW.message_count,
        last_activity_at = coalesce(NEW.last_activity_at, created_at),
        last_author_id = NEW.last_author_id
    WHERE id = NEW.topic_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_topics AFTER INSERT OR UPDATE ON messages.activity
    FOR EACH ROW EXECUTE FUNCTION messages.tell_topics();
