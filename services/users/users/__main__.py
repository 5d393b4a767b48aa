"""`python -m users serve | migrate | restored | rotate-keys`."""

import logging

from chassis.database import Database
from chassis.program import Program
from users.main import FEEDS, HISTORY, create_app, signing_keys
from users.settings import Settings

log = logging.getLogger("users")


async def rotate_keys(settings: Settings) -> None:
    """Publishes a new signing key."""
    database = Database(settings.database_url)
    log.info("published the key %s", await signing_keys(settings, database).rotate())
    await database.close()


if __name__ == "__main__":
    Program(
        name="users",
        description="Accounts, sessions, signing keys.",
        settings=Settings,
        create_app=create_app,
        histories=[HISTORY],
        feeds=FEEDS,
        further={"rotate-keys": ("publish a new signing key; it signs after half a minute", rotate_keys)},
    ).run()
