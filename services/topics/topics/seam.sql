-- The seam of the split: tables that the feeds of the users service keep. Runs after every migration.
CREATE TABLE IF NOT EXISTS topics.authors (
    id uuid PRIMARY KEY,
    username text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    state text COLLATE "C" NOT NULL
);
CREATE INDEX IF NOT EXISTS authors_username ON topics.authors (lower(username));

CREATE TABLE IF NOT EXISTS topics.keys (
    kid text COLLATE "C" PRIMARY KEY,
    jwk text NOT NULL,
    state text COLLATE "C" NOT NULL
);
