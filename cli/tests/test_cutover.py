"""A service's data move to its own database and back while people write, and nothing is lost or doubled."""

from itertools import count
from uuid import uuid4

import pytest
from two_sides import NEW, Killed, OpenSides, copied, differences, dying, states, writing

from forum.cutover import moves, turn
from forum.cutover.replication import Stream
from forum.cutover.routing import Routers
from forum.cutover.sides import Pair
from forum.moving.progress import bars

SHIFTED, COPIED = ("elsewhere", "here"), ("here", "elsewhere")


def quiet(_: str) -> None:
    """Nobody listens."""


async def shifted(pair: Pair) -> None:
    """The command, with nothing to stop it."""
    with bars() as shown:
        await moves.shift({pair.service: pair}, pair, Routers(), shown, quiet)


async def rolled_back(pair: Pair) -> None:
    """The command, with nothing to stop it."""
    with bars() as shown:
        await moves.roll_back(pair, Routers(), shown, quiet)


@pytest.mark.parametrize("service", ["users", "topics", "messages"])
async def test_there_and_back_three_times_while_people_write(sides: OpenSides, service: str) -> None:
    async with sides(service) as pair:
        async with writing(pair) as writers:
            await writers.go_on()
            await copied(pair)
            for _ in range(3):
                for giver, after in ((pair.monolith, SHIFTED), (pair.own, COPIED)):
                    waited = await turn.turn(pair, giver, quiet)
                    assert waited is not None
                    assert waited < 2
                    assert await states(pair) == after
                    assert await differences(pair) == []
                    await writers.go_on()
        await writers.check()
        assert await differences(pair) == []


async def is_removed(pair: Pair) -> bool:
    """Whether nothing is copied in either direction."""
    return not any([await Stream(pair, side).exists() for side in (pair.monolith, pair.own)])


async def killed_in_a_turn(pair: Pair, giver: str, statements: int) -> bool:
    """A turn from the side of that name that gets no further; whether it was killed."""
    unlucky = dying(pair, statements)
    try:
        await turn.turn(unlucky, unlucky.monolith if giver == "monolith" else unlucky.own, quiet)
    except Killed:
        return True
    return False


@pytest.mark.parametrize("giver", ["monolith", "service"])
async def test_a_turn_killed_before_any_statement_is_finished_or_undone(sides: OpenSides, giver: str) -> None:
    begin, ahead, back = (
        (COPIED, shifted, rolled_back) if giver == "monolith" else (SHIFTED, rolled_back, shifted)
    )
    async with sides("users") as pair:
        async with writing(pair, writers=1) as writers:
            await copied(pair)
            if begin == SHIFTED:
                await shifted(pair)
            was_killed = True
            for statements in count(1):
                goes_on = statements % 2 == 1
                was_killed = await killed_in_a_turn(pair, giver, statements)
                if not was_killed:
                    break
                await (ahead if goes_on else back)(pair)
                if await is_removed(pair):  # the turn had not begun: one step back was the copy itself
                    await copied(pair)
                end = SHIFTED if (giver == "monolith") is goes_on else COPIED
                assert await states(pair) == end, f"killed before statement {statements}"
                assert await differences(pair) == []
                await writers.go_on(5)
                if end != begin:
                    await (back if goes_on else ahead)(pair)
        await writers.check()


async def test_counts_that_came_before_their_topic_are_told_again(sides: OpenSides) -> None:
    topic = uuid4()
    counted = "SELECT message_count FROM topics.topics WHERE id = $1"
    known = "SELECT relation FROM topics.feed_cursors ORDER BY relation"
    cursors = (
        "INSERT INTO topics.feed_cursors VALUES ('activity', 'x'), ('authors', 'x') ON CONFLICT DO NOTHING"
    )
    async with sides("topics") as pair:
        monolith, own = pair.monolith.connection, pair.own.connection
        await monolith.execute(NEW["topics"], topic, "Trees")
        await copied(pair)
        await own.execute(cursors)
        await turn.turn(pair, pair.monolith, quiet)
        assert await own.fetch(known) == [("authors",)]
        await monolith.execute(
            "INSERT INTO messages.activity (topic_id, last_number, message_count) VALUES ($1, 3, 3)", topic
        )
        await monolith.execute("UPDATE topics.topics SET message_count = 0")
        await own.execute(cursors)
        await turn.turn(pair, pair.own, quiet)
        assert await monolith.fetchval(counted, topic) == 3
        assert len(await own.fetch(known)) == 2
        assert await differences(pair) == []


@pytest.mark.parametrize("was_shifting", [True, False])
async def test_going_back_may_be_killed_too(sides: OpenSides, was_shifting: bool) -> None:
    async with sides("users") as pair:
        await pair.monolith.connection.execute(NEW["users"], uuid4(), "alice")
        for statements in count(1):
            await copied(pair)
            if was_shifting:
                await begun(pair)
            try:
                with bars() as shown:
                    await moves.roll_back(dying(pair, statements), Routers(), shown, quiet)
                break
            except Killed:
                assert (await states(pair))[0] in ("here", "leaving")
        await copied(pair)
        await shifted(pair)
        assert await differences(pair) == []
        assert not await Stream(pair, pair.monolith).leaves_traces()


async def begun(pair: Pair) -> None:
    """A turn is killed while writes wait."""
    for statements in count(10):
        assert await killed_in_a_turn(pair, "monolith", statements)
        if (await states(pair))[0] == "leaving":
            return
