"""A fault at each AWS call of each script: it says what happened, and running it again ends well.

A gauntlet: every run has its fault at the next call that none had before, and what the runs before did stays.
The last run has none. A call is told from others by what it is about, and one that only reads by what was
done before it in its run, so that to look at stacks and to wait for one to go are two. With `--faults all`
each call that changes something has every kind of fault, and each that reads one of them in turn; else there
is one for each operation.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from ecs.calls import KINDS, SILENCE, Call
from ecs.checkout import ROOT, Checkout
from ecs.emulator import Emulator
from ecs.installation import Installation, Said
from forum_client import Forum

pytestmark = pytest.mark.requires("docker")

LOG = logging.getLogger(__name__)
ONCE = {"AWS_MAX_ATTEMPTS": "1"}
ARCHIVE = ROOT / "cli" / "tests" / "samples" / "garden.mbox"
# What fails and hinders nothing that the script promises, with what it says then.
BESIDES = {
    "run": {
        "logs:GetLogEvents": "could not be read",
        "s3:GET bucket": "still in the installation's bucket",
        "s3:DELETE object": "still in the installation's bucket",
    }
}
# Whoever hears nothing of this one cannot know whether to go back once more. The command line tries it again
# by itself, as is shown below.
NOT_UNHEARD = ("rollback", "ssm:PutParameter")


@dataclass(frozen=True)
class Fault:
    run: str  # the script and what it is given
    call: Call
    kind: str

    @property
    def script(self) -> str:
        return self.run.split()[0]


@dataclass
class Gauntlet:
    """Runs the scripts of an installation, with a fault at each call."""

    installation: Installation
    every: bool
    tried: list[Fault] = field(default_factory=list)
    fault: Fault | None = None  # of the run that is on

    def runs(self, script: str, *arguments: str, typed: str = "", **settings: str) -> str:
        """What the last run says, the one without a fault."""
        name = " ".join((script, *arguments, *settings.values()))
        watch = self.installation.watch
        watch.breaking = lambda call: self.breaks(name, call)
        before, began = len(self.tried), time.monotonic()
        while True:
            if any(call.operation == "cloudformation:CreateChangeSet" for call in watch.calls):
                time.sleep(1 - time.time() % 1)  # the AWS command line names change sets by the second
            watch.calls.clear()
            self.fault = None
            said = self.installation.run(script, *arguments, typed=typed, **settings)
            if self.fault is None:
                break
            told(said, self.fault)
            LOG.info("%5.1f s  %s: %s", said.seconds, self.fault.kind, self.fault.call)
        watch.breaking = lambda _: ""
        assert said.status == 0, said.text
        LOG.info("%5.0f s  ecs/%s: %d faults", time.monotonic() - began, name, len(self.tried) - before)
        return said.text

    def breaks(self, run: str, call: Call) -> str:
        """The kind of fault that a call has, empty for none: one call of a run, as often as it is made."""
        if self.fault is None:
            self.fault = next((fault for fault in self.wanted(run, call) if fault not in self.tried), None)
            self.tried += [self.fault] if self.fault else []
        return self.fault.kind if self.fault and self.fault.call == call else ""

    def wanted(self, run: str, call: Call) -> list[Fault]:
        kinds = KINDS[1:] if call.reads or (run, call.operation) == NOT_UNHEARD else KINDS
        faults = [Fault(run, call, kind) for kind in kinds]
        if self.every and not call.reads:
            return faults
        if self.place(faults[0]) in map(self.place, self.tried):
            return []
        alike = [fault for fault in self.tried if fault.call.reads == call.reads]
        return [faults[len(alike) % len(faults)]]

    def place(self, fault: Fault) -> tuple[str, object]:
        """Equal to that of another where one of them stands for both. Unless all are asked for, an operation
        fails alike in all runs of a script, and one that only reads in all scripts before a change."""
        if self.every:
            return fault.run, fault.call
        where = "" if fault.call.reads and not fault.call.after else fault.script
        return where, fault.call.operation


def told(said: Said, fault: Fault) -> None:
    """It was said what failed and what to do, and the exit code is honest."""
    seen, script = f"{fault}:\n{said.text}", fault.script
    assert "Traceback" not in said.text, seen
    if words := BESIDES.get(script, {}).get(fault.call.operation):
        assert said.status == 0, seen
        assert words in said.text, seen
        return
    assert said.status == 1, seen
    assert re.search(rf'ecs/{script}: "aws [a-z0-9-]+ [a-z0-9-]+" failed', said.text), seen
    assert f"run ecs/{script} again" in said.text, seen


@pytest.fixture(scope="module")
def installation(emulator: Emulator, checkout: Checkout) -> Iterator[Installation]:
    with Installation(emulator, "faults", checkout.folder, **ONCE) as installation:
        yield installation


@pytest.fixture
def gauntlet(request: pytest.FixtureRequest, installation: Installation) -> Gauntlet:
    return Gauntlet(installation, request.config.getoption("--faults") == "all")


def test_every_script_bears_a_fault_at_each_call(installation: Installation, gauntlet: Gauntlet) -> None:
    """From nothing to nothing, since what one script leaves is what the next one finds."""
    gauntlet.runs("push", "monolith", "forum")
    gauntlet.runs("deploy", "monolith")
    assert site(installation) == "Forum"
    assert "already here" in gauntlet.runs("run", "forum", "import", str(ARCHIVE))
    gauntlet.runs("status")
    silence_is_given_up(installation)
    assert gauntlet.runs("logs", "monolith")
    assert "The monolith has all" in gauntlet.runs("route", "users", "0")
    gauntlet.runs("deploy", "monolith", SITE_NAME="Another")
    assert site(installation) == "Another"
    gauntlet.runs("rollback")
    assert site(installation) == "Forum"
    a_fault_that_passes_is_not_noticed(installation)
    assert "What is left" in gauntlet.runs("destroy", typed=installation.name)
    gauntlet.runs("destroy", "--with-data", typed=installation.name)
    assert installation.left() == [f"{installation.name}-server"]


def silence_is_given_up(installation: Installation) -> None:
    installation.watch.breaking = lambda _: SILENCE
    said = installation.run("status", AWS_READ_TIMEOUT="1")
    installation.watch.breaking = lambda _: ""
    assert said.status == 1
    assert "Read timeout" in said.text
    assert "run ecs/status again" in said.text


def a_fault_that_passes_is_not_noticed(installation: Installation) -> None:
    """A call that fails the first time is made again, without a word."""
    installation.does("deploy", "monolith", SITE_NAME="Another")
    failing = {"ssm:PutParameter": "unheard"}
    installation.watch.breaking = lambda call: (
        failing.get(call.operation, "throttled") if call.attempt == 1 else ""
    )
    said = installation.does("rollback", AWS_MAX_ATTEMPTS="")
    installation.watch.breaking = lambda _: ""
    assert "failed" not in said
    assert site(installation) == "Forum"


def site(installation: Installation) -> str:
    """What its pages call the forum."""
    with closing(Forum(installation.url)) as forum:
        found = re.search("<title>.* · (.*)</title>", forum.get("/").text)
    assert found
    return found[1]
