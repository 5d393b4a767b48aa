-- Before the services' histories run: a column under a view cannot be retyped.
DROP VIEW IF EXISTS topics.authors, topics.keys, messages.authors, messages.keys, messages.topics;
DROP TRIGGER IF EXISTS tell_topics ON messages.activity;
