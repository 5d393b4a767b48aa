"""`forum cutover`: from the monolith to the services while people write, and back."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated

import asyncpg
import typer

from forum.cutover import answers, checks, moves, owners, status
from forum.cutover.replication import Stream
from forum.cutover.routing import Routers, routers
from forum.cutover.sides import Pair, is_of_this_machine, pairs, places
from forum.doctor import Findings
from forum.errors import Refused
from forum.hosting.beside import check_services, have_services
from forum.hosting.installation import Installation
from forum.moving.progress import bars

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Move a running forum from the monolith to the services, one at a time, and back. Every command can "
    "be run again; state is in the databases alone.",
)


class Service(StrEnum):
    """One of the three."""

    users = "users"
    topics = "topics"
    messages = "messages"


class SideName(StrEnum):
    """Where data may be."""

    monolith = "monolith"
    services = "services"


Name = Annotated[Service, typer.Argument(metavar="SERVICE", help="users, topics or messages.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]

COPY = [
    "check versions, settings of both servers and disk",
    "let the service pass everything on to the monolith, and empty it of the key that it made itself",
    "copy all rows by replication, which goes on from then",
    "compare both sides, row by row in sums",
]
SHIFT = [
    "check versions, servers, replication, feeds; compare rows and answers of both sides",
    "prepare the way back, from the service to the monolith",
    "let writes wait, until those that had begun have ended and everything has come to the service",
    "let the service own the data; what reaches the monolith is passed on from then",
    "let the monolith follow, remove the replication to the service, and let the router follow",
]
READS = [
    "check and compare as before a shift",
    "let the service answer reads from its copy, and let the router give it this share of the requests",
]
ROLLBACK = [
    "of a service that owns its data: compare both sides, let writes wait, let the monolith own the data "
    "with all that was written since, and let the service follow",
    "of a service that only has a copy: remove the copy and the replication",
    "of a move that was interrupted: undo it",
]
FINISH = ["remove the replication back to the monolith: there is no way back to it from then"]


@app.command()
def plan() -> None:
    """Check everything that the next moves need, there or back, and change nothing. Exits with 1 when
    something stands in the way."""

    async def work(found: dict[str, Pair], _: Routers) -> None:
        findings = Findings()
        for pair in found.values():
            giver = pair.own if await owners.is_shifted(pair) else pair.monolith
            if await Stream(pair, giver).exists():
                await checks.before_turn(findings, found, pair, giver)
                await answers.check_answers(findings, pair)
            elif (await status.stage(pair))[0] == "with the monolith":
                await checks.before_copy(findings, pair)
            typer.echo(f"{pair.service}: {' — next: '.join(await status.stage(pair))}")
        for line in findings.lines:
            typer.echo(line)
        raise typer.Exit(code=1 if findings.wrong else 0)

    run(work)


@app.command()
def copy(service: Name, dry_run: DryRun = False) -> None:
    """Copy a service's data to its own database, and keep the copy current."""

    async def work(found: dict[str, Pair], _: Routers) -> None:
        with bars() as shown:
            await moves.copy(found[service], shown, typer.echo)

    run(work, COPY if dry_run else None, starts=True)


@app.command()
def shift(
    service: Name,
    reads: Annotated[
        int | None,
        typer.Option(min=0, max=100, help="Only this share of the reads, in percent; writes stay."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Let a service own its data; the monolith keeps a copy that follows."""

    async def work(found: dict[str, Pair], routed: Routers) -> None:
        with bars() as shown:
            if reads is None:
                await moves.shift(found, found[service], routed, shown, typer.echo)
            else:
                await moves.read_there(found, found[service], reads, routed, shown, typer.echo)

    run(work, (SHIFT if reads is None else READS) if dry_run else None)


@app.command()
def rollback(service: Name, dry_run: DryRun = False) -> None:
    """Go one step back, with all that was written since: from the service to a copy, from a copy to none."""

    async def work(found: dict[str, Pair], routed: Routers) -> None:
        with bars() as shown:
            await moves.roll_back(found[service], routed, shown, typer.echo)

    run(work, ROLLBACK if dry_run else None)


@app.command()
def finish(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, dry_run: DryRun = False
) -> None:
    """Give the way back up, when all three services own their data."""
    if not dry_run and not yes:
        typer.confirm(
            "The monolith gets no more of what is written, and nothing leads back. Finish?", abort=True
        )

    async def work(found: dict[str, Pair], routed: Routers) -> None:
        await moves.finish(found, typer.echo)
        routed.send("web", 100, typer.echo)
        installation = Installation(os.environ)
        if is_of_this_machine(installation):
            installation.folder.beside.unlink(missing_ok=True)

    run(work, FINISH if dry_run else None)


@app.command("status")
def show_status(
    only: Annotated[
        SideName | None,
        typer.Option(
            help="Exit with 1 unless all data are with this side and nothing is copied, so that the other "
            "may be taken down."
        ),
    ] = None,
) -> None:
    """Say of each service who owns its data, how far the copy is, and what comes next."""

    async def work(found: dict[str, Pair], routed: Routers) -> None:
        for pair in found.values():
            for line in await status.lines(pair, routed):
                typer.echo(line)
        others = [name for name, pair in found.items() if only and not await status.is_alone(pair, only)]
        if others:
            raise Refused(f"{' and '.join(others)} are not with the {only} alone: what is next stands above")

    run(work)


def run(
    work: Callable[[dict[str, Pair], Routers], Awaitable[None]],
    steps: list[str] | None = None,
    *,
    starts: bool = False,
) -> None:
    """Does the work with both sides of every service, or only says its steps. An embedded forum `starts` its
    services beside the monolith for it, or has done so before."""
    if steps is not None:
        for number, step in enumerate(steps, 1):
            typer.echo(f"{number}. {step}")
        return

    async def connected() -> None:
        installation = Installation(os.environ)
        if is_of_this_machine(installation):
            await (have_services if starts else check_services)(installation)
        try:
            async with pairs(places(installation)) as found:
                await work(found, routers(installation))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            said = str(error).partition("\n")[0] or type(error).__name__
            raise Refused(f"a database has failed ({said}): run the same command again") from error

    asyncio.run(connected())
