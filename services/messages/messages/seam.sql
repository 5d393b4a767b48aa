-- The seam of the split: what messages knows of its peers, kept by feeds. Views in the monolith.
CREATE TABLE IF NOT EXISTS messages.authors (
    id uuid PRIMARY KEY,
    username text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    state text NOT NULL
);
CREATE INDEX IF NOT EXISTS authors_username ON messages.authors (lower(username));
CREATE TABLE IF NOT EXISTS messages.keys (kid text PRIMARY KEY, jwk text NOT NULL, state text NOT NULL);
CREATE TABLE IF NOT EXISTS messages.topics (id uuid PRIMARY KEY, state text NOT NULL);
