"""Schemathesis' engine against one forum in one role, in rounds until enough cases were sent."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from forum_client import Forum
from fuzzing.actors import WORDS, Actor, Cast
from fuzzing.excuses import is_excused
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.engine.run import TESTING_PHASES
from schemathesis.hooks import unregister
from schemathesis.specs.openapi.schemas import OpenApiSchema

COVERAGE = 640  # cases of the coverage phase, which come out alike each time
A_ROUND = 2_000  # cases, about: between two rounds the seed changes
PER_EXAMPLE = 40  # cases that one more example costs: one of each operation, and a chain of requests
STREAM = "/api/topics/{topic_id}/messages/stream"
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429"]

Progress = Callable[[str], None]


@dataclass
class Outcome:
    """How many cases were answered how, by operation and status, and what was wrong, each kind once."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def add(self, recorder: ScenarioRecorder) -> None:
        """Count what a scenario sent, and keep what it found."""
        for case_id, interaction in recorder.interactions.items():
            status = interaction.response.status_code if interaction.response else 0
            self.counts[recorder.cases[case_id].value.operation.label, status] += 1
        for case_id, checks in recorder.checks.items():
            for info in (check.failure_info for check in checks if check.failure_info):
                response = recorder.interactions[case_id].response
                answer = response.text[:500] if response else "no answer"
                self._found(
                    recorder.cases[case_id].value.operation.label, info.failure, info.code_sample, answer
                )

    def _found(self, operation: str, failure: Failure, request: str, answer: str) -> None:
        kind = (operation, failure.title, failure.message.partition("\n")[0])
        self.failures.setdefault(
            kind, f"{operation}: {failure.title}\n{failure.message}\n{request}\n{answer}"
        )

    def report(self) -> str:
        """Everything that was wrong, with requests to send again."""
        return "\n\n".join([*self.failures.values(), *self.errors])


def fuzz(
    forum: Forum, document: dict[str, Any], actor: Actor, cast: Cast, cases: int, seed: int, say: Progress
) -> Outcome:
    """At least so many cases, unless the first round finds something."""
    outcome, started, turn = Outcome(), time.monotonic(), 0
    with spared(cast):
        while not turn or (outcome.counts.total() < cases and not outcome.failures and not outcome.errors):
            left = cases - outcome.counts.total()
            thorough = not turn and (actor.role == "member" or cases > 2 * COVERAGE)
            examples = max(1, (min(left, A_ROUND) - thorough * COVERAGE) // PER_EXAMPLE)
            schema = prepared(forum, document, actor, settings(seed + turn, examples, thorough))
            for event in from_schema(schema).execute():
                take(event, outcome)
                if isinstance(event, events.PhaseFinished) and event.phase.name in TESTING_PHASES:
                    done = outcome.counts.total()
                    rate = done / (time.monotonic() - started)
                    say(f"{forum.name} {actor.role}: {done:,} cases of {cases:,}, {rate:.0f}/s")
            turn += 1
    return outcome


def take(event: events.EngineEvent, outcome: Outcome) -> None:
    """What an event of the engine adds to the outcome."""
    if isinstance(event, events.ScenarioFinished):
        outcome.add(event.recorder)
    elif isinstance(event, events.NonFatalError):
        outcome.errors.append(f"{event.label}: {event.value!r}")
    elif isinstance(event, events.FatalError):
        raise event.exception


def settings(seed: int, examples: int, thorough: bool) -> schemathesis.Config:
    """The configuration of a round. A stream is read for as long as its timeout, so it comes rarely."""
    phases = {"examples": thorough, "coverage": thorough, "fuzzing": True, "stateful": True}
    stream = {
        "include-path": STREAM,
        "request-timeout": 0.5,
        "generation": {"max-examples": max(1, examples // 10)},
    }
    return schemathesis.Config.from_dict(
        {
            "seed": seed,
            "continue-on-failure": True,
            "request-timeout": 10,
            "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
            "phases": {name: {"enabled": enabled} for name, enabled in phases.items()},
            "cache": {"enabled": False},
            "operations": [stream],
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
            "output": {"sanitization": {"enabled": False}},
            **WORDS,
        }
    )


def prepared(
    forum: Forum, document: dict[str, Any], actor: Actor, config: schemathesis.Config
) -> OpenApiSchema:
    """The document as a source of requests to this forum."""
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.config.update(base_url=forum.url)
    schema.auth.providers.append(actor)

    @schema.hooks.hook
    def after_call(_: HookContext, case: Case[Any], response: Response) -> None:
        actor.hear(response)

    @schema.hooks.hook
    def filter_failure(_: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
        return not is_excused(failure, response)

    return schema


@contextmanager
def spared(cast: Cast) -> Iterator[None]:
    """While nothing may harm the cast's administrator. The hook exists for all schemas only."""

    @schemathesis.hook
    def before_call(_: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        cast.spare_the_administrator(case)

    try:
        yield
    finally:
        unregister(before_call)
