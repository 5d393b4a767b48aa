"""The first copy of a service's data to the service itself, and its removal."""

from forum.cutover import owners, turn
from forum.cutover.checksums import compare
from forum.cutover.replication import Stream, unpublish
from forum.cutover.sides import Pair
from forum.errors import Refused
from forum.moving.progress import Bars

OF_ITS_OWN_MAKING = {"keys", "marks"}  # a service that starts makes itself a signing key
DERIVED = {"topics": ["tags", "search"]}  # what triggers keep of the rows that move


async def copy(pair: Pair, bars: Bars) -> int:
    """Copies everything, follows from then on, and compares; goes on where an earlier one was stopped.
    Answers how many rows are equal. Raises Refused."""
    stream = Stream(pair, pair.monolith)
    if not (await owners.read(pair, pair.monolith)).is_here:
        raise Refused(f"{pair.service} is not with the monolith: forum cutover status shows where all are")
    if await turn.interrupted(pair, pair.monolith):
        await turn.undo(pair, pair.monolith)
    if not await stream.exists():
        await make_room(pair)
    await owners.write(pair, pair.monolith, "here", pair.own.place.address)
    await stream.make(copy=True, enabled=True)
    await stream.enable()  # one whose removal was cut short is not
    total = await counts(pair)
    with bars.stage("copying", sum(total.values())) as stage:
        await stream.copied(total, stage.reached)
        stage.counted(sum(total.values()))
    await turn.caught_up(stream)
    if pair.service == "topics":
        await turn.count_again(pair.own)
    return await verify(stream, bars)


async def verify(stream: Stream, bars: Bars) -> int:
    """How many rows are equal on both sides. Raises Refused when any differ."""
    total = sum((await counts(stream.pair)).values())
    with bars.stage("comparing", total) as stage:
        try:
            compared = await compare(stream, stage.more)
        except TimeoutError as error:
            raise Refused(
                f"the {stream.target.name} is too far behind to be compared: run it again later"
            ) from error
    if different := [each for each in compared if each.different]:
        raise Refused(
            f"rows of {stream.pair.service} differ between the sides ({'; '.join(map(str, different))}): "
            "somebody has written beside the forum; "
            f"run forum cutover rollback {stream.pair.service}, then copy again"
        )
    return sum(each.rows for each in compared)


async def make_room(pair: Pair) -> None:
    """Empties the service of what it made itself, and lets it write no more. Raises Refused when others
    have used it."""
    schema, own = pair.service, pair.own.connection
    was_copy = not (await owners.read(pair, pair.own)).is_here  # one whose removal was cut short
    async with own.transaction():
        await own.execute(
            f"SET LOCAL lock_timeout = '5s'; LOCK TABLE {schema}.ownership IN ACCESS EXCLUSIVE MODE"
        )
        for each in pair.moving:
            if (
                not was_copy
                and each.table not in OF_ITS_OWN_MAKING
                and await own.fetchval(f"SELECT true FROM {schema}.{each.table} LIMIT 1")
            ):
                raise Refused(
                    f"the database of {schema} is not empty ({schema}.{each.table} has rows): "
                    "copy to one that nobody has used"
                )
        await own.execute(truncation(pair))
        await owners.write(pair, pair.own, "elsewhere", pair.monolith.place.address)


async def remove(pair: Pair) -> None:
    """The service holds no copy any more; whatever reaches it is passed on to the monolith."""
    await Stream(pair, pair.own).drop()
    await Stream(pair, pair.monolith).drop()
    await unpublish(pair)
    await owners.write(pair, pair.own, "elsewhere", pair.monolith.place.address)
    await pair.own.connection.execute(truncation(pair))
    await owners.write(pair, pair.monolith, "here", None)


def truncation(pair: Pair) -> str:
    tables = [each.table for each in pair.moving] + DERIVED.get(pair.service, [])
    return f"TRUNCATE {', '.join(f'{pair.service}.{table}' for table in tables)}"


async def counts(pair: Pair) -> dict[str, int]:
    """How many rows each table has on the monolith's side."""
    connection = pair.monolith.connection
    return {
        each.table: await connection.fetchval(f"SELECT count(*) FROM {pair.service}.{each.table}")
        for each in pair.moving
    }
