"""Containers run from a task definition under what Fargate would make of it: derived from the JSON, so that a
change there is a change here.

What has no option of `docker run`: awsvpc (each container has an address of its own on a network of its own),
log driver, execution role. Secrets are resolved from `secrets` by their ARN.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from compose.project import DidNotWork, docker
from ecs.definitions import container

T = TypeVar("T")
Secrets = Mapping[str, str | Mapping[str, str]]  # by ARN; of a JSON one, its keys


def options(definition: Mapping[str, Any], known: Secrets) -> list[str]:
    """What `docker run` has to be told of a task definition with one container."""
    found = container(definition)
    parameters = found["linuxParameters"]
    told = [
        f"--memory={definition['memory']}m",
        f"--memory-swap={definition['memory']}m",  # Fargate has none
        f"--cpus={int(definition['cpu']) / 1024}",
        f"--user={found['user']}",
        f"--init={str(parameters['initProcessEnabled']).lower()}",
        f"--read-only={str(found['readonlyRootFilesystem']).lower()}",
        f"--stop-timeout={found.get('stopTimeout', 30)}",
        "--no-healthcheck",  # that of an image is ignored
    ]
    told += [f"--cap-drop={name}" for name in parameters["capabilities"]["drop"]]
    told += [f"--mount=type=volume,destination={mount['containerPath']}" for mount in found["mountPoints"]]
    told += [f"--env={item['name']}={item['value']}" for item in found["environment"]]
    told += [f"--env={item['name']}={secret(item['valueFrom'], known)}" for item in found["secrets"]]
    told += [f"--publish=127.0.0.1::{mapping['containerPort']}" for mapping in found.get("portMappings", [])]
    return told


def secret(value_from: str, known: Secrets) -> str:
    """The value that ECS would find at `ARN` or `ARN:key::`."""
    arn, key = ":".join(value_from.split(":")[:7]), value_from.split(":")[7:]
    value = known[arn]
    if isinstance(value, str):
        assert not key, value_from
        return value
    assert key[1:] == ["", ""], value_from
    return value[key[0]]


@dataclass
class Task:
    """A running container."""

    identifier: str

    @property
    def state(self) -> dict[str, Any]:
        """What `docker inspect` says of it."""
        (found,) = json.loads(docker("inspect", self.identifier))
        return dict(found)

    def execute(self, *command: str) -> str:
        """What a command writes that is run inside."""
        return docker("exec", self.identifier, *command)

    def exit_status(self, *command: str) -> int:
        """How such a command ends."""
        try:
            self.execute(*command)
        except DidNotWork as error:
            return int(str(error).partition("\n")[0].rpartition(" ")[2])
        return 0

    def url(self, port: int) -> str:
        """Where this machine reaches a port of it."""
        return f"http://{docker('port', self.identifier, f'{port}/tcp').split()[0]}"


@dataclass
class Cluster:
    """A network on which tasks find each other by name, and all that runs on it."""

    name: str
    known: Secrets
    images: Mapping[str, str]

    def start(self, definition: Mapping[str, Any], *, offered: bool = True) -> Task:
        """A task that keeps running; `offered`: others find it by its container's name."""
        name = container(definition)["name"]
        alias = [f"--network-alias={name}"] if offered else []
        return Task(self.docker_run("--detach", *alias, definition=definition, image=name).strip())

    def run(self, definition: Mapping[str, Any], image: str, *command: str) -> str:
        """A task to its end, and what it said. DidNotWork when it ended with another status than 0."""
        return self.docker_run("--rm", definition=definition, image=image, command=command)

    def docker_run(
        self, *how: str, definition: Mapping[str, Any], image: str, command: Sequence[str] = ()
    ) -> str:
        where = [f"--label={self.name}", f"--network={self.name}"]
        said = command or container(definition).get("command", [])
        return docker("run", *where, *how, *options(definition, self.known), self.images[image], *said)

    def end(self) -> None:
        """Takes all of it away, volumes too."""
        if left := docker("ps", "--all", "--quiet", f"--filter=label={self.name}").split():
            docker("rm", "--force", "--volumes", *left)
        docker("network", "rm", self.name)
        if built := docker(
            "image", "ls", "--format={{.Repository}}", f"--filter=reference={self.name}-*"
        ).split():
            docker("image", "rm", "--force", *built)


def made_up() -> str:
    """As Secrets Manager would make one."""
    return secrets.token_urlsafe(32)


def until(check: Callable[[], T], within: float = 180) -> T:
    """What `check` gives once neither it nor the engine fails; its last error when the time is over."""
    deadline = time.monotonic() + within
    while True:
        late = time.monotonic() > deadline
        try:
            return check()
        except (AssertionError, DidNotWork, OSError):
            if late:
                raise
        time.sleep(0.1)
