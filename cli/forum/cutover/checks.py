"""What stands in the way of a move: each thing with what to do about it. Nothing is changed here."""

import asyncio
import shutil
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from forum.cutover import owners
from forum.cutover.replication import Stream
from forum.cutover.sides import FOLLOWED, HISTORIES, Pair, Side
from forum.doctor import Findings, check_feeds, exists, head

BEHIND_BYTES = 16 * 1024 * 1024
DISK_FACTOR = 2  # rows and indexes, and the log of writing them
COPYING = 3  # slots and senders: of the stream, and of two tables that are copied at once
TURNING = 1
WORKERS = 2  # that a copy cannot do without: of the stream, and of a table at a time

# What a server has left of what replication takes.
LEFT = {
    "max_replication_slots": "SELECT count(*) FROM pg_replication_slots",
    "max_wal_senders": "SELECT count(*) FROM pg_stat_replication",
    "max_logical_replication_workers": "SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL",
}
SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
    WHERE relnamespace = $1::text::regnamespace AND relkind = 'r'
"""


async def before_copy(findings: Findings, pair: Pair) -> None:
    """Everything that a first copy needs."""
    if await check_versions(findings, pair):
        for side in (pair.monolith, pair.own):
            await check_server(findings, pair, side, COPYING)
        await check_disk(findings, pair)


async def before_turn(findings: Findings, all_pairs: Mapping[str, Pair], pair: Pair, giver: Side) -> None:
    """Everything that a turn needs, but that both sides hold the same rows and answer alike."""
    if not await check_versions(findings, pair):
        return
    for side in (pair.monolith, pair.own):
        await check_server(findings, pair, side, TURNING)
    await check_replication(findings, Stream(pair, giver))
    if giver is pair.monolith:
        await check_peers(findings, all_pairs, pair)
        services = {service: each.own.connection for service, each in all_pairs.items()}
        await check_feeds(findings, services, readers={pair.service})


async def check_versions(findings: Findings, pair: Pair) -> bool:
    """Both databases are at the code's revision of the schema."""
    revisions = {side.name: await revision(pair, side) for side in (pair.monolith, pair.own)}
    wanted = head(HISTORIES[pair.service])
    for name, found in revisions.items():
        if found != wanted:
            app = name if name == "monolith" else pair.service
            findings.problem(
                f"schema {pair.service} of the {name} is at {found or 'nothing'}, the command at {wanted}",
                f"Use one release everywhere, and run: python -m {app} migrate",
            )
    if set(revisions.values()) == {wanted}:
        findings.fine(f"{pair.service}: both schemas are at {wanted}")
        return True
    return False


async def revision(pair: Pair, side: Side) -> str | None:
    table = f"{pair.service}.alembic_version"
    if not await exists(side.connection, table):
        return None
    found: str | None = await side.connection.fetchval(f"SELECT version_num FROM {table}")
    return found


async def check_server(findings: Findings, pair: Pair, side: Side, needed: int) -> None:
    """The settings of a side's server leave room for `needed` more slots and senders."""
    before, connection = findings.wrong, side.connection
    if connection.get_server_version() < (16, 0):  # which brought `origin`
        findings.problem(f"the {side.name}'s PostgreSQL is older than 16", "Upgrade it first.")
    if await connection.fetchval("SHOW wal_level") != "logical":
        findings.problem(
            f"wal_level of the {side.name}'s server is not logical",
            "Set wal_level = logical and restart it (Aurora and RDS: rds.logical_replication = 1).",
        )
    for name, used in LEFT.items():
        most = int(await connection.fetchval(f"SHOW {name}"))
        left = most - await connection.fetchval(used)
        wanted = min(needed, WORKERS) if name == "max_logical_replication_workers" else needed
        if left < wanted:
            findings.problem(
                f"{name} of the {side.name}'s server is {most}: {left} are free, {wanted} are needed",
                f"Set {name} = {most + wanted - left} or more, and restart it.",
            )
    if findings.wrong == before:
        findings.fine(f"{pair.service}: the {side.name}'s server has room for the replication")


async def check_disk(findings: Findings, pair: Pair) -> None:
    """The copy has room, as far as that can be known from here."""
    size = await pair.monolith.connection.fetchval(SIZE, pair.service)
    wanted, free = DISK_FACTOR * size, await free_bytes(pair.own)
    if free is None:
        findings.fine(
            f"{pair.service}: the copy takes up to {mebibytes(wanted)}; whether its server has so much, "
            "cannot be seen from here"
        )
    elif free < wanted:
        findings.problem(
            f"the copy of {pair.service} takes up to {mebibytes(wanted)}, and {mebibytes(free)} are free",
            "Give the service's server a larger disk, or make room.",
        )
    else:
        findings.fine(f"{pair.service}: the copy takes up to {mebibytes(wanted)} of {mebibytes(free)}")


async def free_bytes(side: Side) -> int | None:
    """On the disk of a server of this machine; None of one elsewhere."""
    (host,) = parse_qs(urlsplit(side.place.database).query).get("host", [""])
    if not host.startswith("/"):
        return None
    folder = await side.connection.fetchval("SHOW data_directory")
    try:
        return (await asyncio.to_thread(shutil.disk_usage, folder)).free
    except OSError:
        return None


async def check_replication(findings: Findings, stream: Stream) -> None:
    """Who is to take over has followed."""
    service, target = stream.pair.service, stream.target.name
    if not await stream.exists():
        findings.problem(f"{service} is not copied", f"Run: forum cutover copy {service}")
        return
    lag = await stream.lag()
    if lag is None:
        findings.problem(
            f"what the {target} has not got yet of {service} is lost",
            f"Run: forum cutover rollback {service}, then copy it again.",
        )
    elif lag > BEHIND_BYTES:
        findings.problem(
            f"the {target} is {mebibytes(lag)} of log behind with {service}",
            "Wait until it has followed; if it does not, the log of its server says why.",
        )
    else:
        findings.fine(f"{service}: the {target} follows, {lag:,} bytes of log behind")


async def check_peers(findings: Findings, all_pairs: Mapping[str, Pair], pair: Pair) -> None:
    """The services whose feeds it follows have their data too."""
    for peer in FOLLOWED[pair.service]:
        other = all_pairs[peer]
        if await is_copied(other):
            findings.fine(f"{pair.service}: {peer}, which it follows, is copied")
        else:
            findings.problem(
                f"{pair.service} follows {peer}, which is not copied", f"Run: forum cutover copy {peer}"
            )


async def is_copied(pair: Pair) -> bool:
    """Whether the service holds its data, as their owner or as a copy that is whole."""
    return await owners.is_shifted(pair) or await Stream(pair, pair.monolith).is_whole()


def mebibytes(size: int) -> str:
    """1.5 MiB."""
    return f"{size / 1024 / 1024:,.1f} MiB"
