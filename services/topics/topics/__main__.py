"""`python -m topics serve | migrate | restored`."""

import argparse
import asyncio

from chassis import logs
from chassis.changes import ensure_epoch
from chassis.database import Database
from chassis.migrate import migrate
from chassis.serve import serve
from topics.main import FEEDS, HERE, HISTORY, create_app
from topics.settings import Settings


def main() -> None:
    """Parses the command line and runs one command."""
    parser = argparse.ArgumentParser(prog="python -m topics", description="The topics service.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer on HOST:PORT until SIGTERM")
    commands.add_parser("migrate", help="bring the database up to date; a one-off step")
    commands.add_parser("restored", help="begin a new feed epoch, after a restore")
    command = parser.parse_args().command
    settings = Settings()
    if command == "serve":
        serve("topics", create_app(settings), settings)
        return
    logs.configure("topics", form=settings.log_format, level=settings.log_level)
    if command == "migrate":
        migrate(settings.database_url, [HISTORY], after=(HERE / "seam.sql").read_text())
    else:
        asyncio.run(_restored(settings))


async def _restored(settings: Settings) -> None:
    database = Database(settings.database_url, name="topics restored")
    await ensure_epoch(database, HISTORY.schema, FEEDS, renew=True)
    await database.close()


if __name__ == "__main__":
    main()
