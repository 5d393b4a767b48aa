"""`python -m users serve | migrate | restored | rotate-keys`."""

import argparse
import asyncio
import logging

from chassis import logs
from chassis.changes import ensure_epoch
from chassis.database import Database
from chassis.migrate import migrate
from chassis.serve import serve
from users.main import FEEDS, HISTORY, create_app, signing_keys
from users.settings import Settings

log = logging.getLogger("users")


def main() -> None:
    """Parses the command line and runs one command."""
    parser = argparse.ArgumentParser(prog="python -m users", description="Accounts, sessions, signing keys.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer on HOST:PORT until SIGTERM")
    commands.add_parser("migrate", help="bring the database up to date; a one-off step")
    commands.add_parser("restored", help="begin a new feed epoch, after a restore")
    commands.add_parser("rotate-keys", help="publish a new signing key; it signs after half a minute")
    command = parser.parse_args().command
    settings = Settings()
    if command == "serve":
        serve("users", create_app(settings), settings)
        return
    logs.configure("users", form=settings.log_format, level=settings.log_level)
    if command == "migrate":
        migrate(settings.database_url, [HISTORY])
    elif command == "restored":
        asyncio.run(_restored(settings))
    else:
        asyncio.run(_rotate_keys(settings))


async def _restored(settings: Settings) -> None:
    database = Database(settings.database_url)
    await ensure_epoch(database, HISTORY.schema, FEEDS, renew=True)
    await database.close()


async def _rotate_keys(settings: Settings) -> None:
    database = Database(settings.database_url)
    log.info("published the key %s", await signing_keys(settings, database).rotate())
    await database.close()


if __name__ == "__main__":
    main()
