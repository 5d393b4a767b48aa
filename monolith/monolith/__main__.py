"""`python -m monolith serve | migrate | restored | openapi`."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

import messages.main
import topics.main
import users.main
from chassis import logs
from chassis.changes import ensure_epoch
from chassis.database import Database
from chassis.migrate import migrate
from chassis.serve import serve
from monolith.main import create_app
from monolith.openapi import document
from monolith.settings import Settings

HERE = Path(__file__).parent
SERVICES = (users.main, topics.main, messages.main)


def main() -> None:
    """Parses the command line and runs one command."""
    parser = argparse.ArgumentParser(prog="python -m monolith", description="The forum as one application.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer on HOST:PORT until SIGTERM")
    commands.add_parser("migrate", help="bring the database up to date; a one-off step")
    commands.add_parser("restored", help="begin new feed epochs, after a restore")
    commands.add_parser("openapi", help="print the OpenAPI document of the whole API")
    command = parser.parse_args().command
    if command == "openapi":
        json.dump(document(), sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    settings = Settings()
    if command == "serve":
        serve("monolith", create_app(settings), settings)
        return
    logs.configure("monolith", form=settings.log_format, level=settings.log_level)
    if command == "migrate":
        migrate(
            settings.database_url,
            [service.HISTORY for service in SERVICES],
            before=(HERE / "unseam.sql").read_text(),
            after=(HERE / "seam.sql").read_text(),
        )
    else:
        asyncio.run(_restored(settings))


async def _restored(settings: Settings) -> None:
    database = Database(settings.database_url)
    for service in SERVICES:
        await ensure_epoch(database, service.HISTORY.schema, service.FEEDS, renew=True)
    await database.close()


if __name__ == "__main__":
    main()
