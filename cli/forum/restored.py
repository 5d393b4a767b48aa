"""`forum restored`: after a restore, readers of the feeds begin again from nothing."""

import asyncio
import os

import typer

from forum.hosting.installation import Installation


def restored() -> None:
    """Begin new feed epochs, after a database was restored from a backup. What the services know of each
    other is then made again from nothing."""
    asyncio.run(begin(Installation(os.environ)))
    typer.echo("New epochs have begun. Services that run bring each other up to date by themselves.")


async def begin(installation: Installation) -> None:
    """Tells each application that owns a database."""
    async with installation.reachable("forum restored"):
        await installation.run_each("restored")
