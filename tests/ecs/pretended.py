"""The scripts of `ecs/` before an AWS command line that only pretends: it gives the answers it was told to
give, as they are after `--query`, and keeps what it was asked. Every pause is over at once, and the forum
answers well."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    path.name for path in (ROOT / "ecs").iterdir() if path.is_file() and os.access(path, os.X_OK)
)
FAMILY = "arn:aws:ecs:eu-central-1:123456789012:task-definition/forum-monolith"
STACKS = "cloudformation describe-stacks"
AWS = """#!/bin/sh
while case $1 in --*) ;; *) false ;; esac; do shift 2; done
printf '%s\\n' "$*" >>"$PRETENDED/calls"
echo "${AWS_MAX_ATTEMPTS:-}" >>"$PRETENDED/attempts"
answers=$PRETENDED/$1.$2
[ -d "$answers" ] || { echo "Nobody told what \\"aws $1 $2\\" answers" >&2; exit 97; }
number=$(cat "$answers/next")
[ ! -e "$answers/$((number + 1))" ] || echo $((number + 1)) >"$answers/next"
cat "$answers/$number"
"""

CURL = """#!/bin/sh
for address; do :; done
case $address in */metrics | */internal/) printf 404 ;; *) printf 200 ;; esac
"""


@dataclass(frozen=True)
class Said:
    """How a script ended, and what it wrote."""

    status: int
    output: str
    errors: str


class Pretended:
    """A copy of `ecs/` in `folder`, to be run by `run`."""

    def __init__(self, folder: Path) -> None:
        self.ecs = folder / "ecs"
        self.folder = folder / "pretended"
        programs = folder / "programs"
        self.folder.mkdir()
        programs.mkdir()
        shutil.copytree(ROOT / "ecs", self.ecs)
        for name, text in (("aws", AWS), ("curl", CURL), ("sleep", "#!/bin/sh\n")):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "PRETENDED": str(self.folder),
            "AWS_REGION": "eu-central-1",
        }

    def answers(self, call: str, *answers: object) -> None:
        """What `aws CALL` answers, one time after the other, the last one from then on: text, or JSON."""
        folder = self.folder / call.replace(" ", ".")
        folder.mkdir()
        (folder / "next").write_text("0")
        for number, answer in enumerate(answers):
            text = answer if isinstance(answer, str) else json.dumps(answer)
            (folder / str(number)).write_text(text + "\n" if text else "")

    def has_released(self, *numbers: int) -> None:
        """A monolith, of which these revisions were recorded as good, one after the other."""
        recorded = {"/forum/topology": "monolith", "/forum/release": of_monolith(numbers[-1])}
        history = [[version, of_monolith(number)] for version, number in enumerate(numbers, start=1)]
        self.answers("ssm get-parameters-by-path", table(recorded))
        self.answers("ssm get-parameter-history", history[::-1])  # in whatever order they come

    def run(self, script: str, *arguments: str, typed: str = "", **settings: str) -> Said:
        done = subprocess.run(
            [str(self.ecs / script), *arguments],
            env=self.environment | settings,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def commit(self) -> None:
        """Makes the copy a repository with all of it committed: images are named after commits."""
        committer = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        here = ["/usr/bin/env", "git", *committer, "-C", str(self.ecs)]
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "As it is"]):
            subprocess.run([*here, *command], env=self.environment, check=True)

    @property
    def calls(self) -> list[str]:
        """What AWS was asked, without the CLI's own options."""
        kept = self.folder / "calls"
        return kept.read_text().splitlines() if kept.exists() else []

    @property
    def attempts(self) -> list[str]:
        """How often the CLI was told to try each of them."""
        return (self.folder / "attempts").read_text().splitlines()

    def asked(self, call: str) -> list[str]:
        """The calls that begin so."""
        return [asked for asked in self.calls if asked.startswith(call)]


def table(rows: Mapping[str, str] | list[tuple[str, ...]]) -> str:
    """Rows as `--output text` writes them."""
    return "\n".join("\t".join(row) for row in (rows.items() if isinstance(rows, Mapping) else rows))


def revision(number: int) -> str:
    """The ARN of a task definition."""
    return f"{FAMILY}:{number}"


def exports() -> str:
    """Those of stacks that tasks need."""
    found = {"cluster": "forum", "task-subnets": "a,b", "public-ip": "ENABLED"}
    found |= {"task-group": "g", "peers-group": "p"}
    return table({f"forum-{name}": value for name, value in found.items()})


def deployment(number: int, state: str, tasks: str = "2", why: str = "-") -> str:
    """The deployment that ECS calls primary, of two tasks."""
    return table([(revision(number), state, tasks, "2", why)])


def running(number: int, **others: str) -> list[object]:
    """The stacks of a monolith whose service has that revision, and others in their states."""
    service = [{"ParameterKey": "TaskDefinition", "ParameterValue": revision(number)}]
    return [
        ["forum-service-monolith", "UPDATE_COMPLETE", service],
        *([f"forum-{name}", state, []] for name, state in others.items()),
    ]


def of_monolith(number: int) -> str:
    """A release as it is recorded."""
    return f"monolith={revision(number)}"
