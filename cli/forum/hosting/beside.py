"""Services that run beside the monolith of an embedded forum, while a cutover makes the ones of the other."""

import asyncio
from urllib.parse import urlsplit

import asyncpg

from chassis.database import Database, sql
from chassis.problem import Problem
from forum.errors import Refused
from forum.hosting.installation import DATABASES, Installation
from forum.hosting.network import answering

READY_SECONDS = 60.0

HERE = ("here", "leaving")
STATE = "SELECT state FROM {0}.ownership"
MOVE = "UPDATE {0}.ownership SET peer = $1 WHERE peer IS NOT NULL"
ADVICE = {
    "split": "a cutover is under way: start it with TOPOLOGY=monolith, and see forum cutover status",
    "monolith": "it runs as services now: start it with TOPOLOGY=split",
}
ALONE = {
    "split": "this forum runs as services, without a monolith beside them: there is nothing to move",
    "monolith": "no services run beside the monolith: forum cutover copy users starts them",
}


async def have_services(installation: Installation) -> None:
    """Has the forum that runs start the services beside its monolith, and waits until they answer; Refused
    when they do not."""
    folder = installation.folder
    holder = folder.holder()
    if holder is None or holder.get("topology") != "monolith":
        raise Refused(f"no monolith runs in {folder.path}: start it with TOPOLOGY=monolith make run")
    if not installation.has_services_beside:
        await check_homes(installation)
        folder.beside.touch()
    try:
        async with asyncio.timeout(READY_SECONDS):
            for app in DATABASES["split"]:
                address = urlsplit(holder["private"][app])
                await answering(str(address.hostname), int(address.port or 0), "/health/ready")
    except TimeoutError as error:
        raise Refused(f"{app} did not answer in {READY_SECONDS:g} s; its log: {folder.log(app)}") from error


async def check_services(installation: Installation) -> None:
    """Raises Refused where no services run beside a monolith, with what there is instead."""
    if installation.has_services_beside:
        return
    if installation.folder.holder() is None:
        raise Refused(f"no forum runs in {installation.folder.path}: start it with make run")
    await check_homes(installation)
    raise Refused(ALONE[installation.topology])


async def check_homes(installation: Installation) -> None:
    """Raises Refused unless the topology that runs has the data of all three services."""
    await installation.server.answers()
    for service in DATABASES["split"]:
        await home(installation, service)


async def home(installation: Installation, service: str) -> str:
    """The URL of the database where a service's data are now. Raises Refused while they are on their way,
    when they are where this command cannot reach them, and while the forum starts or its database is down."""
    homes = installation.homes(service)
    for url in homes:
        database = Database(url, pool_size=1, name="forum")
        try:
            row = await database.one(sql(STATE.format(service)))
        except Problem as problem:
            raise Refused(problem.detail) from problem
        except asyncpg.UndefinedTableError as error:
            raise Refused(f"this forum's {service} have no tables yet: try again in a moment") from error
        finally:
            await database.close()
        if row is not None and row["state"] in HERE:
            return url
    if len(homes) > 1:
        raise Refused(
            f"this forum's {service} are on their way: see forum cutover status, and run this again"
        )
    raise elsewhere(installation, service)


async def check_owners(installation: Installation) -> None:
    """Before the apps start. In the middle of a cutover each side is told where the other one answers now;
    else a topology that does not have the forum's data (any more) is Refused."""
    public = installation.folder.described().get("public", {})
    for app in installation.databases:
        connection = await asyncpg.connect(installation.database_url(app))
        try:
            for schema in DATABASES["split"] if app == "monolith" else (app,):
                if installation.has_services_beside:
                    other = schema if app == "monolith" else "monolith"
                    await connection.execute(MOVE.format(schema), public[other])
                elif await connection.fetchval(STATE.format(schema)) not in HERE:
                    raise elsewhere(installation, schema)
        finally:
            await connection.close()


def elsewhere(installation: Installation, service: str) -> Refused:
    """What is said of data that this topology does not have."""
    return Refused(f"this forum's {service} are not here: {ADVICE[installation.topology]}")
