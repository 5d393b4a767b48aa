"""Failed log-ins: ten in a quarter of an hour for one username and address.

An attempt is counted before the password is checked and taken back when it was right, in one
statement on one row, so that guesses made at the same moment do not pass the limit.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

from chassis.database import Queries, sql
from users.errors import TooManyFailures

MOST = 10
WINDOW = "interval '15 minutes'"
_RECENT = f"ARRAY(SELECT failure FROM unnest(kept.failures) AS failure WHERE failure > now() - {WINDOW})"

COUNT = sql(f"""
    INSERT INTO users.login_attempts AS kept (who, failures) VALUES (:who, ARRAY[clock_timestamp()])
    ON CONFLICT (who) DO UPDATE SET failures = {_RECENT} || clock_timestamp(), last_at = now()
        WHERE cardinality({_RECENT}) < {MOST}
    RETURNING failures[cardinality(failures)] AS at
""")
WAIT = sql(f"""
    SELECT ceil(extract(epoch FROM min(failure) + {WINDOW} - now()))::int AS seconds
    FROM users.login_attempts, unnest(failures) AS failure
    WHERE who = :who AND failure > now() - {WINDOW}
""")
TAKE_BACK = sql("UPDATE users.login_attempts SET failures = array_remove(failures, :at) WHERE who = :who")
FORGET_OLD = sql(f"DELETE FROM users.login_attempts WHERE last_at < now() - {WINDOW}")


class Attempt(NamedTuple):
    """One counted attempt."""

    who: bytes
    at: datetime


async def count(db: Queries, reserved_name: str, address: str) -> Attempt:
    """Counts an attempt as failed until it is taken back; TooManyFailures when ten stand already. Names that
    nobody has count too."""
    who = hashlib.sha256(f"{reserved_name}\n{address}".encode()).digest()
    row = await db.one(COUNT, who=who)
    if row is None:
        wait = await db.one(WAIT, who=who)
        raise TooManyFailures(max(1, (wait and wait["seconds"]) or 1))
    return Attempt(who, row["at"])


async def take_back(db: Queries, attempt: Attempt) -> None:
    """It was no failure. Earlier ones stand."""
    await db.run(TAKE_BACK, who=attempt.who, at=attempt.at)
