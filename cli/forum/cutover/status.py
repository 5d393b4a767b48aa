"""Where each service's data are, how far their copy is, and what comes next."""

from collections.abc import Iterable

from forum.cutover import checks, owners, turn
from forum.cutover.replication import Stream
from forum.cutover.routing import Routers
from forum.cutover.sides import Pair

SLOTS = "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE $1 AND database = current_database()"


async def lines(pair: Pair, routers: Routers) -> Iterable[str]:
    """A few lines about a service."""
    own, monolith = await owners.read(pair, pair.own), await owners.read(pair, pair.monolith)
    where, following = await stage(pair)
    slots = [
        row["slot_name"]
        for side in (pair.monolith, pair.own)
        for row in await side.connection.fetch(SLOTS, f"cutover\\_{pair.service}\\_%")
    ]
    return [
        f"{pair.service}: {where}",
        f"  rows      monolith {monolith.state}, service {own.state}",
        f"  copy      {await copy_state(pair)}",
        f"  slots     {', '.join(slots) or 'none'}",
        f"  router    {routers.shares(pair.service)}",
        f"  next      {following}",
    ]


async def stage(pair: Pair) -> tuple[str, str]:
    """How far it is, and what comes next."""
    service = pair.service
    own = await owners.read(pair, pair.own)
    either = f"forum cutover shift {service}, or forum cutover rollback {service}"
    if await turn.interrupted(pair, pair.monolith) or await turn.interrupted(pair, pair.own):
        return "a move was interrupted", either
    if await owners.is_shifted(pair):
        if own.peer is None:
            if await Stream(pair, pair.own).leaves_traces():
                return "moved for good, but not cleared away", "forum cutover finish"
            return "moved for good", "nothing"
        return "with the service", f"forum cutover finish, or forum cutover rollback {service}"
    if await Stream(pair, pair.monolith).is_whole():
        reads = ", which answers reads from its copy" if own.state == "reading" else ""
        return f"with the monolith, copied to the service{reads}", either
    if await Stream(pair, pair.monolith).exists():
        return "with the monolith, and being copied", f"forum cutover copy {service}"
    return "with the monolith", f"forum cutover copy {service}"


async def is_alone(pair: Pair, side: str) -> bool:
    """Whether the data are with this side (monolith or services) for good, so that the other may go."""
    where, _ = await stage(pair)
    return where == {"monolith": "with the monolith", "services": "moved for good"}[side]


async def copy_state(pair: Pair) -> str:
    """Who follows, and how far behind."""
    for side in (pair.monolith, pair.own):
        stream = Stream(pair, side)
        if await stream.is_enabled():
            lag = await stream.lag()
            behind = "has lost the way" if lag is None else f"is {checks.mebibytes(lag)} of log behind"
            return f"the {stream.target.name} follows and {behind}"
    return "none"
