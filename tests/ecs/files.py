"""What ecs/ says an installation is: its stacks, worked out together, and its task definitions."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from ecs.templates import Made, make, read

ECS = Path(__file__).parents[2] / "ecs"
NAME = "forum"
APPS = ("monolith", "users", "topics", "messages", "web")
ARN = "arn:aws:acm:eu-central-1:000000000000:certificate/made-up"
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "network": {
        "Egress": ("public", "nat", "endpoints"),
        "Database": ("aurora", "existing"),
        "Certificate": ("", ARN),
    },
    "data": {"Database": ("aurora", "rds", "existing")},
    "edge": {"Certificate": ("", ARN)},
    "routing": dict.fromkeys(("Topics", "Messages", "Web"), ("100", "0")) | {"Users": ("100", "10", "0")},
    "cluster": {"Tracing": ("false", "true")},
    "alarms": {"Apps": ("monolith", "users,topics,messages,web"), "Database": ("aurora", "rds", "existing")},
    "service": {
        "App": APPS,
        "TaskDefinition": ("arn",),
        "Canary": ("false", "true"),
        "Tasks": ("", "2"),
        "Names": ("", "ns-1"),
    },
    "scaling": {"App": APPS, "Tasks": ("2",), "MaxTasks": ("6",)},
    "ci": {"Repository": ("ada/frogs",), "Provider": ("", "arn:aws:iam::000000000000:oidc-provider/made-up")},
}
"""Each stack's parameters that change what it is, with values for all of their branches."""


def texts() -> dict[str, str]:
    """Every file of ecs/, by its path there."""
    files = (path for path in sorted(ECS.rglob("*")) if path.is_file() and path.name != "forum.env")
    return {str(path.relative_to(ECS)): path.read_text() for path in files if "__pycache__" not in path.parts}


class Installation:
    """The files of ecs/, or of a variant of it."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.stacks = {
            Path(path).stem: read(text) for path, text in files.items() if path.startswith("stacks/")
        }

    def choices(self, stack: str) -> Iterator[dict[str, str]]:
        """The parameters of every variant of a stack."""
        choices = CHOICES.get(stack, {})
        for values in product(*choices.values()):
            yield {"Name": NAME, **dict(zip(choices, values, strict=True))}

    def made(self, stack: str, **parameters: str) -> Made:
        """A stack for some parameters; others have their first choice."""
        chosen = {**next(self.choices(stack)), **parameters}
        return make(self.stacks[stack], **chosen)

    def variants(self, stack: str) -> Iterator[Made]:
        """A stack for every choice of its parameters."""
        return (make(self.stacks[stack], **parameters) for parameters in self.choices(stack))

    def task(self, name: str) -> dict[str, Any]:
        """A task definition, with its placeholders."""
        document: dict[str, Any] = json.loads(self.files[f"tasks/{name}.json"])
        return document

    def tasks(self) -> dict[str, dict[str, Any]]:
        """All task definitions by name."""
        paths = (Path(path) for path in self.files if path.startswith("tasks/"))
        return {path.stem: self.task(path.stem) for path in paths}
