"""Random histories: all rules together, and walking until enough steps are taken."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sameness.lockstep import Lockstep
from sameness.random_mistakes import Mistakes
from sameness.random_people import People
from sameness.random_texts import Messages, Topics
from sameness.shrinking import Different, shortened

LENGTH = 60  # rules of one history
AT_A_TIME = 25  # histories of one run of Hypothesis, which begins with simple ones
QUIET_SECONDS = 10.0


class Forumgoers(People, Topics, Messages, Mistakes):
    """Everything that anybody does."""


def explore(
    both: Lockstep,
    seed_: int,
    histories: int,
    length: int = LENGTH,
    after_step: Callable[[], None] = lambda: None,
) -> None:
    """So many histories of `length` rules; where the forums differ, Different with what it needs."""

    @seed(seed_)
    class Here(Forumgoers):
        def __init__(self) -> None:
            super().__init__(both, after_step)

    wanted = settings(
        max_examples=histories,
        stateful_step_count=length,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    try:
        run_state_machine_as_test(Here, settings=wanted)
    except Different as difference:
        raise shortened(both, difference) from None


@dataclass
class Walk:
    """Histories on both forums until `steps` are taken on each; `say` hears of the progress. `met`: how often
    each method, path and outcome came."""

    both: Lockstep
    steps: int
    seed: int
    say: Callable[[str], None]
    met: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def go(self) -> None:
        """Different, with the shortest history, where the two forums differ."""
        seeds = random.Random(self.seed)  # noqa: S311
        self.began = self.spoke = time.monotonic()
        self.say(f"{self.steps} steps of random histories, again with --seed={self.seed}")
        try:
            while (left := self.steps - self.met.total()) > 0:
                histories = min(AT_A_TIME, 1 + left // 80)
                explore(self.both, seeds.getrandbits(64), histories, after_step=self._stepped)
        except Different as difference:
            difference.add_note(f"again with --steps={self.steps} --seed={self.seed}")
            raise
        self.say("\n".join([self.progress(), *self.both.feeds.summary()]))

    def _stepped(self) -> None:
        self.met[self.both.seen[-1]] += 1
        if time.monotonic() > self.spoke + QUIET_SECONDS:
            self.spoke = time.monotonic()
            self.say(self.progress())

    def progress(self) -> str:
        rate = self.met.total() / (time.monotonic() - self.began)
        longest = max((max(waits) for waits in self.both.feeds.waits.values()), default=0.0)
        done = f"{self.met.total()} steps on each side, {rate:.0f} a second"
        return f"{done}, longest wait for a feed {1000 * longest:.0f} ms"
