"""Calls of AWS as the scripts make them, and what may go wrong with each."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

# Done, and nobody hears of it; not done, and nobody hears why. A silence that lasts until whoever waits gives
# up needs somebody in a hurry, whom a slow answer would hurt too.
KINDS = ["unheard", "unanswered", "throttled", "refused"]
SILENCE = "silence"
READS = re.compile(r":(Describe|Get(?!Authorization)|List|BatchGet|Filter|GET|HEAD)")
SUBJECTS = ("StackName", "family", "taskDefinition", "repositoryName", "Name")


@dataclass(frozen=True)
class Call:
    """Equal to another at the same place of a script, wherever a run begins and however often it asks."""

    operation: str  # `service:Operation`
    subject: str = ""  # the stack, family, repository or parameter it is about, if one
    after: str = ""  # of a call that only reads, the last one before it in its run that did more
    attempt: int = 1  # of the AWS command line, which tries again what may be tried again

    @property
    def reads(self) -> bool:
        return READS.search(self.operation) is not None

    def __str__(self) -> str:
        return f"{self.operation} {self.subject}".strip() + (f" after {self.after}" if self.after else "")


def subject_of(given: dict[str, Any]) -> str:
    """What a call is about, by its parameters; a task definition without its revision."""
    named = next((given[key] for key in SUBJECTS if key in given), "")
    return re.sub(r".*/|:\d+$", "", str(named))


@dataclass
class Watch:
    """What all gates of an installation share: the calls of a run, and the kind of fault each call has: none
    where it is empty."""

    calls: list[Call] = field(default_factory=list)
    breaking: Callable[[Call], str] = lambda _: ""

    def hear(self, call: Call) -> str:
        if call.reads:
            changes = [str(before) for before in self.calls if not before.reads]
            call = replace(call, after="".join(changes[-1:]))
        self.calls.append(call)
        return self.breaking(call)
