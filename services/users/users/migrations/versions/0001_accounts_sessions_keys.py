"""Accounts, sessions, signing keys, log-in attempts, the moderation log."""

from alembic import op

from chassis import changes, idempotency
from chassis.migrate import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
    CREATE TABLE users.users (
        id uuid PRIMARY KEY,
        username text COLLATE "C" NOT NULL,
        reserved_name text COLLATE "C" NOT NULL UNIQUE,
        display_name text NOT NULL,
        bio text NOT NULL DEFAULT '',
        role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'moderator', 'admin')),
        state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'deleted')),
        password_hash text,
        email text COLLATE "C" UNIQUE,
        external_id text COLLATE "C" UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        version bigint NOT NULL DEFAULT 1
    );
    CREATE INDEX admins ON users.users (id) WHERE role = 'admin';

    CREATE TABLE users.sessions (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES users.users (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        user_agent text NOT NULL,
        serial integer NOT NULL DEFAULT 1,
        ended_at timestamptz
    );
    CREATE INDEX sessions_of ON users.sessions (user_id, last_used_at);
    CREATE INDEX ix_users_sessions_last_used_at ON users.sessions (last_used_at);

    CREATE TABLE users.keys (
        kid text COLLATE "C" PRIMARY KEY,
        jwk text NOT NULL,
        state text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'retired')),
        private bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        signs_from timestamptz NOT NULL,
        retires_at timestamptz
    );

    CREATE TABLE users.login_attempts (
        who bytea PRIMARY KEY,
        failures timestamptz[] NOT NULL,
        last_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ix_users_login_attempts_last_at ON users.login_attempts (last_at);

    CREATE TABLE users.moderation_log (
        id uuid PRIMARY KEY,
        moderator_id uuid NOT NULL,
        action text NOT NULL,
        target_id uuid NOT NULL,
        reason text,
        at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ix_users_moderation_log_target_id ON users.moderation_log (target_id);
"""
PLUMBING = (
    idempotency.ddl("users")
    + changes.ddl("users")
    + changes.stamp_ddl("users", "users", "id", ["id", "username", "display_name", "state"])
    + changes.stamp_ddl("users", "keys", "kid", ["kid", "jwk", "state"])
)


def upgrade() -> None:
    """Makes the schema."""
    run_script(op.get_bind(), TABLES + PLUMBING)
