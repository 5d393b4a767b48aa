"""What is left of a history when all is left out that a difference does not need.

Hypothesis would shrink each value of each step, and one try takes a second; leaving out steps and people is
what makes a history readable, in a few dozen tries.
"""

from functools import partial

from sameness.lockstep import Act, Lockstep


class Different(AssertionError):
    """The two forums differ: all steps up to there, then what differs. `acts` do them again."""

    def __init__(self, both: Lockstep) -> None:
        super().__init__("\n".join(["", *both.told[:-1], *both.different]))
        self.acts = both.acts


def shortened(both: Lockstep, difference: Different) -> Different:
    """The same without steps and people that can be left out; itself where it does not come again."""
    return with_fewer_steps(both, with_fewer_people(both, with_fewer_steps(both, difference)))


def with_fewer_steps(both: Lockstep, difference: Different) -> Different:
    """First large parts are left out, then single steps; the last one shows the difference."""
    size = len(difference.acts) // 2
    while size:
        end = len(difference.acts) - 1
        while end > 0:
            acts = difference.acts
            difference = again(both, acts[: max(end - size, 0)] + acts[end:]) or difference
            end = min(end - size, len(difference.acts) - 1)
        size //= 2
    return difference


def with_fewer_people(both: Lockstep, difference: Different) -> Different:
    """What somebody does is done by who acted first."""
    actors = [act.keywords.get("who") for act in difference.acts]
    first = next(filter(None, actors), "")
    for place, actor in enumerate(actors):
        if actor and actor != first and place < len(difference.acts):
            acts = list(difference.acts)
            acts[place] = partial(acts[place], who=first)
            difference = again(both, acts) or difference
    return difference


def again(both: Lockstep, acts: list[Act]) -> Different | None:
    """The difference that shows when these are done from the beginning."""
    both.begin()
    for act in acts:
        act()
        if both.different:
            return Different(both)
    return None
