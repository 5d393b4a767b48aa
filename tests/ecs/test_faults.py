"""A fault at each AWS call of a script: it says what happened, and running it again ends well.

A gauntlet: every run has its fault at the next operation that none had before, and what the runs before did
stays. The last run has none. `--faults all` gives every operation every kind of fault instead of one in turn.
"""

import re
from collections.abc import Iterator

import pytest
from ecs.checkout import Checkout
from ecs.emulator import Emulator
from ecs.gate import KINDS, Fault
from ecs.installation import Installation, Said

pytestmark = pytest.mark.requires("docker")

HASTY = {"AWS_MAX_ATTEMPTS": "1", "AWS_READ_TIMEOUT": "2"}


@pytest.fixture(scope="session")
def pushed(emulator: Emulator, checkout: Checkout) -> Iterator[Installation]:
    """An installation of which only the image of the command is there."""
    with Installation(emulator, "faults", checkout.folder, **HASTY) as installation:
        yield installation


def test_a_push_bears_a_fault_at_each_call(pushed: Installation, kinds: list[str]) -> None:
    gauntlet(pushed, kinds, "push", "forum")
    gauntlet(pushed, kinds, "destroy", "--with-data", typed="faults")


@pytest.fixture
def kinds(request: pytest.FixtureRequest) -> list[str]:
    """Which kinds of faults each operation has: one after the other where it has one."""
    return KINDS if request.config.getoption("--faults") == "all" else []


def gauntlet(
    installation: Installation, kinds: list[str], script: str, *arguments: str, typed: str = ""
) -> None:
    tried: set[Fault] = set()
    while True:
        installation.watch.calls.clear()
        installation.watch.breaking = lambda operation: chosen(operation, tried, kinds)
        said = installation.run(script, *arguments, typed=typed)
        fault, installation.watch.fault = installation.watch.fault, None
        if fault is None:
            assert said.status == 0, said.text
            assert tried
            return
        tried.add(fault)
        assert said.status != 0, f"{fault} passed unseen:\n{said.text}"
        told(said, fault)


def chosen(operation: str, tried: set[Fault], kinds: list[str]) -> Fault | None:
    """The fault that this operation has not had."""
    given = [Fault(operation, kind) for kind in kinds or [KINDS[len(tried) % len(KINDS)]]]
    if not kinds and operation in {fault.operation for fault in tried}:
        return None
    return next((fault for fault in given if fault not in tried), None)


def told(said: Said, fault: Fault) -> None:
    assert re.search(r'"aws [a-z0-9-]+ [a-z0-9-]+" failed', said.text), f"{fault}:\n{said.text}"
    assert re.search(r"run ecs/[a-z]+ again", said.text), f"{fault}:\n{said.text}"
