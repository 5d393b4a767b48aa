"""A turn: the data of a service go from the side that owns them to the side that has followed them.

Every step may be the last before the power fails: what is done is read from the databases, and the same
command goes on from there, or its opposite goes back.

The way back begins at the fence, never earlier: a side that follows derives counts for itself, and the rows
that it writes with them are whole rows in its log; sent back, they would undo newer text.
"""

import asyncio
import time
from collections.abc import Callable

from chassis.ownership import QUICK_SECONDS
from forum.cutover import owners
from forum.cutover.replication import Stream, read_mark
from forum.cutover.sides import Pair, Side
from forum.errors import Refused

STEP_SECONDS = owners.LEAVING_SECONDS
CAUGHT_UP_SECONDS = 60.0

# Counts that came before their topic found no row. Who writes next waits, in the order of tell_topics.
COUNT_AGAIN = """
    WITH told AS MATERIALIZED (
        SELECT activity.* FROM messages.activity JOIN topics.topics ON topics.id = activity.topic_id
        WHERE (topics.message_count, topics.last_activity_at, topics.last_author_id) IS DISTINCT FROM (
            activity.message_count, coalesce(activity.last_activity_at, topics.created_at),
            activity.last_author_id
        )
        FOR SHARE OF activity
    )
    UPDATE topics.topics SET message_count = told.message_count, last_author_id = told.last_author_id,
        last_activity_at = coalesce(told.last_activity_at, topics.created_at)
    FROM told WHERE told.topic_id = topics.id
"""
FOLLOW_AGAIN = "DELETE FROM topics.feed_cursors WHERE relation = 'activity'"

Say = Callable[[str], None]


async def turn(pair: Pair, giver: Side, say: Say, seconds: float = STEP_SECONDS) -> float | None:
    """Hands the data over. Answers how many seconds writes waited, None when they had been fenced before.
    Raises Refused when it was given up, with everything as it was before."""
    taker = pair.other(giver)
    there, back = Stream(pair, giver), Stream(pair, taker)
    holding, taking = await owners.read(pair, giver), await owners.read(pair, taker)
    began = None
    if holding.is_here:
        say(f"Preparing the way back from the {taker.name}")
        await there.enable()
        await caught_up(there)  # and the mark says from now on which way the turn goes
        await back.make(copy=False, enabled=False)
        began = time.monotonic()
        try:
            await fence(pair, giver, say, seconds)
        except (TimeoutError, owners.StaysOpen) as error:
            await undo(pair, giver)
            reason = str(error) or f"the {taker.name} did not follow in {seconds:g} s"
            raise Refused(
                f"{pair.service} stays where it is: {reason}; run the same command again when that is over"
            ) from error
    if not taking.is_here:
        say(f"The {taker.name} takes over")
        await asyncio.sleep(2 * QUICK_SECONDS)  # by now every process of the giver passes reads on too
        await owners.write(pair, taker, "here", giver.place.address)
    waited = time.monotonic() - began if began else None
    say(f"The {giver.name} follows from now on")
    await settle(pair, giver)
    return waited


async def fence(pair: Pair, giver: Side, say: Say, seconds: float) -> None:
    """From the moment when writes wait until the giver owns nothing more. TimeoutError, StaysOpen."""
    taker = pair.other(giver)
    there, back = Stream(pair, giver), Stream(pair, taker)
    say("Writes wait; those that have begun end")
    await owners.leave(pair, giver, seconds)
    await there.pass_mark(seconds)
    say(f"The {taker.name} has everything; the way back begins here")
    await there.stop(seconds)
    await back.begin_now()
    if not await owners.left(pair, giver, taker):
        raise TimeoutError


async def settle(pair: Pair, giver: Side) -> None:
    """After a turn: the giver follows, and what it sent by is removed."""
    taker = pair.other(giver)
    there, back = Stream(pair, giver), Stream(pair, taker)
    await back.enable()
    if pair.service == "topics":
        await count_again(taker)
    await there.drop()


async def settle_last(pair: Pair) -> Side | None:
    """Settles a turn whose command ended before it had; answers who gave in it, None when there was none."""
    for giver in (pair.monolith, pair.own):
        taker = pair.other(giver)
        holding, taking = await owners.read(pair, giver), await owners.read(pair, taker)
        is_open = taking.is_here and not holding.is_here and await Stream(pair, giver).leaves_traces()
        if is_open and not await interrupted(pair, taker):
            await settle(pair, giver)
            return giver
    return None


async def undo(pair: Pair, giver: Side) -> None:
    """Before anybody has taken over, everything is as it was before the turn."""
    taker = pair.other(giver)
    await owners.write(pair, giver, "here", taker.place.address)
    await Stream(pair, giver).enable()
    await Stream(pair, taker).drop()


async def interrupted(pair: Pair, giver: Side) -> bool:
    """Whether a turn from this side has begun, and nobody has taken over."""
    taker = pair.other(giver)
    if (await owners.read(pair, taker)).is_here or not (await read_mark(pair, giver)).startswith(taker.name):
        return False
    holding = await owners.read(pair, giver)
    return holding.state != "here" or await Stream(pair, taker).exists()


async def caught_up(stream: Stream, seconds: float = CAUGHT_UP_SECONDS) -> None:
    """Returns when the other side has followed until now. Raises Refused when it has not for so long."""
    try:
        await stream.pass_mark(seconds)
    except TimeoutError as error:
        raise Refused(
            f"the {stream.target.name} has not followed {stream.pair.service} for {seconds:g} s: look at "
            "`forum cutover status` and at the log of its server, and run the same command again"
        ) from error


async def count_again(side: Side) -> None:
    """Makes the counts of topics true where they may have been told too early."""
    await side.connection.execute(COUNT_AGAIN if side.name == "monolith" else FOLLOW_AGAIN)
