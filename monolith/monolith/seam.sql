-- The seam of the monolith: views and a trigger stand where the split has tables kept by feeds.
-- Views stay plain, so that the indexes of the tables below them serve.
CREATE VIEW topics.authors AS SELECT id, username, display_name, state FROM users.users;
CREATE VIEW topics.keys AS SELECT kid, jwk, state FROM users.keys;
CREATE VIEW messages.authors AS SELECT id, username, display_name, state FROM users.users;
CREATE VIEW messages.keys AS SELECT kid, jwk, state FROM users.keys;
CREATE VIEW messages.topics AS SELECT id, state FROM topics.topics;

-- What a view lacks does not exist, unless its data are elsewhere: then a row made just now comes here in a
-- moment, by replication, and who wants to add it waits for it. Arguments: the schema and the table it is of.
CREATE OR REPLACE FUNCTION users.await_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    deadline timestamptz := clock_timestamp() + interval '2 seconds';
    is_elsewhere boolean;
    is_there boolean;
BEGIN
    LOOP
        EXECUTE format('SELECT state IN (''elsewhere'', ''reading'') FROM %I.ownership', TG_ARGV[0])
            INTO is_elsewhere;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I WHERE id = $1)', TG_ARGV[0], TG_ARGV[1])
            INTO is_there USING NEW.id;
        IF is_there THEN RETURN NULL; END IF;
        IF NOT is_elsewhere THEN
            RAISE '% has no row %', TG_ARGV[1], NEW.id USING ERRCODE = 'not_null_violation';
        ELSIF clock_timestamp() > deadline THEN
            RAISE 'the row % of % has not come', NEW.id, TG_ARGV[1] USING ERRCODE = 'lock_not_available';
        END IF;
        PERFORM pg_sleep(0.005);
    END LOOP;
END
$$;
CREATE TRIGGER await_row INSTEAD OF INSERT ON topics.authors
    FOR EACH ROW EXECUTE FUNCTION users.await_row('users', 'users');
CREATE TRIGGER await_row INSTEAD OF INSERT ON messages.authors
    FOR EACH ROW EXECUTE FUNCTION users.await_row('users', 'users');
CREATE TRIGGER await_row INSTEAD OF INSERT ON messages.topics
    FOR EACH ROW EXECUTE FUNCTION users.await_row('topics', 'topics');

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
ALTER TABLE messages.activity ENABLE ALWAYS TRIGGER tell_topics; -- also for rows that come by replication
