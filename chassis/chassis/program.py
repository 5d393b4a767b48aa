"""`python -m NAME …`: what every application with data of its own does from its command line."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from fastapi import FastAPI

from chassis import logs
from chassis.changes import Feed, ensure_epoch
from chassis.database import Database
from chassis.serve import serve
from chassis.settings import DatabaseSettings, ServiceSettings, Settings

S = TypeVar("S", bound=ServiceSettings)
L = TypeVar("L", bound=Settings)


@dataclass(frozen=True)
class History:
    """A service's migrations: its schema, and the folder with `env.py` and `versions/`."""

    schema: str
    folder: Path


@dataclass(frozen=True)
class Program(Generic[S]):
    """What is run. `unseam` and `seam` are files of SQL that run before and after the histories;
    `further` are commands of this application alone: name → (help, what to run)."""

    name: str
    description: str
    settings: type[S]
    create_app: Callable[[S], FastAPI]
    histories: Sequence[History]
    feeds: Sequence[Feed]
    unseam: Path | None = None
    seam: Path | None = None
    further: Mapping[str, tuple[str, Callable[[S], Awaitable[None]]]] = field(default_factory=dict)

    def run(self) -> None:
        """Parses the command line and runs one command."""
        parser = argparse.ArgumentParser(prog=f"python -m {self.name}", description=self.description)
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("serve", help="answer on HOST:PORT and HOST:PRIVATE_PORT until SIGTERM")
        commands.add_parser("migrate", help="bring the database of DATABASE_URL up to date; a one-off step")
        commands.add_parser("restored", help="begin a new feed epoch in it, after a restore")
        for name, (words, _) in self.further.items():
            commands.add_parser(name, help=words)
        command = parser.parse_args().command
        if command == "serve":
            settings = self.settings()
            serve(self.name, self.create_app(settings), settings)
        elif command == "migrate":
            self._migrate(self._logged(DatabaseSettings()).database_url)
        elif command == "restored":
            asyncio.run(self._restored(self._logged(DatabaseSettings()).database_url))
        else:
            asyncio.run(_awaited(self.further[command][1](self._logged(self.settings()))))

    def _logged(self, settings: L) -> L:
        """The settings, once logs are as they want them."""
        logs.configure(self.name, form=settings.log_format, level=settings.log_level)
        return settings

    def _migrate(self, database_url: str) -> None:
        from chassis.migrate import migrate  # Alembic takes 20 MiB and 0.4 s: servers do without

        unseam = self.unseam.read_text() if self.unseam else ""
        seam = self.seam.read_text() if self.seam else ""
        migrate(database_url, self.histories, before=unseam, after=seam)

    async def _restored(self, database_url: str) -> None:
        database = Database(database_url)
        for history in self.histories:
            feeds = [feed for feed in self.feeds if feed.schema == history.schema]
            await ensure_epoch(database, history.schema, feeds, renew=True)
        await database.close()


async def _awaited(work: Awaitable[None]) -> None:
    await work
