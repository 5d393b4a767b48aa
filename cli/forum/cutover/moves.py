"""What each command does with one service, from whatever it finds: the databases say how far a move is."""

from collections.abc import Callable, Mapping

from forum.cutover import answers, checks, copying, owners, turn
from forum.cutover.replication import Stream, unpublish
from forum.cutover.routing import Routers
from forum.cutover.sides import Pair, Side
from forum.doctor import Findings
from forum.errors import Refused
from forum.moving.progress import Bars

Say = Callable[[str], None]


async def copy(pair: Pair, bars: Bars, say: Say) -> None:
    """The service gets a copy of its data, and follows."""
    findings = Findings()
    await turn.settle_last(pair)
    if not await Stream(pair, pair.monolith).exists():
        await checks.before_copy(findings, pair)
        refuse(findings)
    rows = await copying.copy(pair, bars)
    say(f"{pair.service} is copied; rows equal on both sides: {rows:,}. The copy follows the monolith.")
    say(f"Next: forum cutover shift {pair.service}")


async def shift(all_pairs: Mapping[str, Pair], pair: Pair, routers: Routers, bars: Bars, say: Say) -> None:
    """The service owns its data; the monolith follows."""
    await turn.settle_last(pair)
    if await turn.interrupted(pair, pair.own):
        await turn.undo(pair, pair.own)
        say("A rollback that was interrupted is undone.")
    elif not await owners.is_shifted(pair):
        if not await turn.interrupted(pair, pair.monolith):
            await ready(all_pairs, pair, pair.monolith, bars)
        tell_fence(await turn.turn(pair, pair.monolith, say), say)
    elif await Stream(pair, pair.own).exists():
        await Stream(pair, pair.own).enable()
    routers.send(pair.service, 100, say)
    say(f"{pair.service} is with its service now; the monolith has a copy that follows.")
    say(f"Back: forum cutover rollback {pair.service}. When all three are shifted: forum cutover finish")


async def read_there(
    all_pairs: Mapping[str, Pair], pair: Pair, percent: int, routers: Routers, bars: Bars, say: Say
) -> None:
    """The service answers this share of the reads from its copy; writes stay with the monolith."""
    await turn.settle_last(pair)
    is_copy = not await owners.is_shifted(pair) and await Stream(pair, pair.monolith).exists()
    if not is_copy or await turn.interrupted(pair, pair.monolith):
        raise Refused(f"{pair.service} has no copy that follows: forum cutover status says what it has")
    if percent:
        await ready(all_pairs, pair, pair.monolith, bars)
    await owners.write(pair, pair.own, "reading" if percent else "elsewhere", pair.monolith.place.address)
    routers.send(pair.service, percent, say)
    say(f"The service answers reads of {pair.service} that reach it; writes go on to the monolith.")


async def roll_back(pair: Pair, routers: Routers, bars: Bars, say: Say) -> None:
    """One step back: a turn is undone, a service that owns its data gives them back, a copy is removed."""
    is_shifted = await owners.is_shifted(pair)
    if is_shifted and (await owners.read(pair, pair.own)).peer is None:
        raise Refused(f"the monolith has no copy of {pair.service} that follows: there is no way back to it")
    is_done = await turn.settle_last(pair) is pair.own
    if await turn.interrupted(pair, pair.monolith):
        await turn.undo(pair, pair.monolith)
        say(f"The shift of {pair.service} that was interrupted is undone. The copy stays, and follows.")
    elif is_done or is_shifted or await turn.interrupted(pair, pair.own):
        if is_shifted and not await turn.interrupted(pair, pair.own):
            await Stream(pair, pair.own).enable()
            await turn.caught_up(Stream(pair, pair.own))
            await copying.verify(Stream(pair, pair.own), bars)
        if not is_done:
            tell_fence(await turn.turn(pair, pair.own, say), say)
        routers.send(pair.service, 0, say)
        say(f"{pair.service} is with the monolith again; the service has a copy that follows.")
    elif (await owners.read(pair, pair.own)).is_here:
        raise Refused(f"{pair.service} is not copied: there is nothing to take back")
    else:
        routers.send(pair.service, 0, say)
        await copying.remove(pair)
        say(f"The copy of {pair.service} is removed; everything is as it was before.")


async def finish(all_pairs: Mapping[str, Pair], say: Say) -> None:
    """The monolith follows no more. Raises Refused unless every service owns its data."""
    for pair in all_pairs.values():
        if not await owners.is_shifted(pair):
            raise Refused(f"{pair.service} is not shifted: forum cutover shift {pair.service} comes first")
    for pair in all_pairs.values():
        await turn.settle_last(pair)
        await owners.write(pair, pair.own, "here", None)
    for pair in all_pairs.values():
        await Stream(pair, pair.monolith).drop()
        await Stream(pair, pair.own).drop()
        await unpublish(pair)
    say("Finished: the services own everything, and nothing is copied back.")
    say("What still reaches the monolith is passed on. When its log is silent, stop it.")


async def ready(all_pairs: Mapping[str, Pair], pair: Pair, giver: Side, bars: Bars) -> None:
    """Raises Refused with all that stands in the way of a turn."""
    findings = Findings()
    await checks.before_turn(findings, all_pairs, pair, giver)
    refuse(findings)
    await Stream(pair, giver).enable()
    await turn.caught_up(Stream(pair, giver))
    await copying.verify(Stream(pair, giver), bars)
    await answers.check_answers(findings, pair)
    refuse(findings)


def refuse(findings: Findings) -> None:
    """Raises Refused when anything is wrong."""
    if findings.wrong:
        wrong = [line for line in findings.lines if line.lstrip().startswith("WRONG")]
        raise Refused("nothing has been changed, because of this:\n" + "\n".join(wrong))


def tell_fence(waited: float | None, say: Say) -> None:
    if waited is not None:
        say(f"Writes waited {waited * 1000:.0f} ms.")
