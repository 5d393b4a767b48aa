"""`forum import` and `forum export`."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from chassis.database import Database
from chassis.problem import Problem
from forum.errors import Refused
from forum.hosting.beside import home
from forum.hosting.installation import DATABASES, Installation
from forum.moving.download import fetched
from forum.moving.export import export as write
from forum.moving.jsonlines import FILES
from forum.moving.lines import import_lines
from forum.moving.mail import import_mail
from forum.moving.progress import bars
from forum.moving.stores import Stores
from forum.moving.tally import Tally

OURS = re.compile(r"(users|topics|messages)\.jsonl(\.gz)?")
STATEMENT_SECONDS = 1800.0  # a sort of everything comes before an export's first row
Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE…",
        help="Mail (an mbox or a single mail), the folder of an export, or its files. Also gzipped, and also "
        "from an address (https://…).",
    ),
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]


def import_(sources: Sources) -> None:
    """Bring in mail, or what an export wrote.

    Works while the forum runs and while it does not. What is here already stays as it is, so an import can be
    stopped and started again. Give all files of a mailing list at once: answers find what they answer.
    """
    tally = Tally()
    asyncio.run(bring_in(sources, tally))
    for line in tally.lines():
        typer.echo(line)
    raise typer.Exit(code=1 if tally.damaged else 0)


def export(folder: Folder) -> None:
    """Write users, topics and messages as JSON Lines, which import reads again.

    With password hashes, so that people can log in after a move: the files are for your eyes only.
    """
    asyncio.run(take_out(folder))


async def bring_in(sources: Sequence[str], tally: Tally) -> None:
    """Imports everything into the forum of the environment. Raises Refused."""
    with bars() as shown, fetched(sources, shown) as files:
        mail, ours = sorted_out(files)
        async with stores("forum import") as found:
            await import_lines(found, ours, tally, shown)
            await import_mail(found, mail, tally, shown)


async def take_out(folder: Path) -> None:
    """Exports everything. Raises Refused."""
    async with stores("forum export") as found:
        with bars() as shown:
            await write(found, folder, shown)


def sorted_out(sources: Sequence[Path]) -> tuple[list[Path], dict[str, list[Path]]]:
    """Files of mail, and files of ours by kind. Raises Refused for a folder without any of ours."""
    mail: list[Path] = []
    ours: dict[str, list[Path]] = {"users": [], "topics": [], "messages": []}
    for source in sources:
        for path in files_of(source):
            kind = OURS.fullmatch(path.name)
            (ours[kind[1]] if kind else mail).append(path)
    return mail, ours


def files_of(source: Path) -> list[Path]:
    """A file itself, of a folder those of ours. Raises Refused when it has none."""
    if not source.is_dir():
        return [source]
    inside = [path for path in sorted(source.iterdir()) if OURS.fullmatch(path.name)]
    if not inside:
        raise Refused(f"{source} has none of {', '.join(FILES)}: of mail, name the files")
    return inside


@asynccontextmanager
async def stores(command: str) -> AsyncIterator[Stores]:
    """The forum's databases for the block, in which nothing but Refused goes wrong in ways we know."""
    installation = Installation(os.environ)
    async with installation.reachable(command):
        try:
            urls = [await home(installation, service) for service in DATABASES["split"]]
            opened = {url: Database(url, name=command, statement_seconds=STATEMENT_SECONDS) for url in urls}
            found = Stores(*(opened[url] for url in urls))
            try:
                yield found
            finally:
                await found.close()
        except Problem as problem:
            raise Refused(problem.detail) from problem
        except BrokenProcessPool as broken:
            raise Refused("a process that reads was ended from outside; start again") from broken
        except OSError as error:
            raise Refused(f"{error.filename or command}: {error.strerror or error}") from error
