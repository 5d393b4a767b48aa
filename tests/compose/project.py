"""A Compose project of its own name and ports, as `docker compose` commands."""

import json
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from running import free_port

ROOT = Path(__file__).parents[2]
SERVICES = ["users", "topics", "messages", "web", "monolith"]
ROUTERS = {"split": "router", "monolith": "router-monolith"}


class DidNotWork(Exception):
    """A docker command failed; the message carries what it wrote."""


def docker(*arguments: str, environment: dict[str, str] | None = None, within: float = 600) -> str:
    """What a docker command writes to stdout. Raises DidNotWork when it fails."""
    command = ["docker", *arguments]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within,
    )
    if result.returncode != 0:
        raise DidNotWork(
            f"{' '.join(command)}: {result.returncode}\n{result.stdout}\n{result.stderr}"[-8000:]
        )
    return result.stdout


@dataclass
class Project:
    """`docker-compose.yml` under a name that nothing else has."""

    name: str = field(default_factory=lambda: f"forum-test-{secrets.token_hex(4)}")
    ports: dict[str, int] = field(default_factory=lambda: {topology: free_port() for topology in ROUTERS})
    cutover_port: int = field(default_factory=lambda: free_port())
    prometheus_port: int = field(default_factory=lambda: free_port())

    def compose(self, *arguments: str) -> str:
        environment = {
            "FORUM_PORT": str(self.ports["split"]),
            "FORUM_MONOLITH_PORT": str(self.ports["monolith"]),
            "FORUM_CUTOVER_PORT": str(self.cutover_port),
            "PROMETHEUS_PORT": f"127.0.0.1:{self.prometheus_port}",
        }
        return docker("compose", "--project-name", self.name, *arguments, environment=environment)

    def up(self, *services: str) -> None:
        """Build what is missing, start, and return once all is healthy."""
        try:
            self.compose("up", "--wait", *services)
        except DidNotWork as error:
            raise DidNotWork(f"{error}\n{self.compose('logs', '--tail=30')}") from None

    def down(self) -> None:
        """End it and take everything away, its images too."""
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans")
        for image in self.images():
            docker("image", "rm", image)

    def url(self, topology: str) -> str:
        return f"http://127.0.0.1:{self.ports[topology]}"

    def execute(self, service: str, *command: str) -> str:
        """What a command writes when run inside a running container."""
        return self.compose("exec", "-T", service, *command)

    def container(self, service: str) -> Any:
        """What `docker inspect` says of a service's container."""
        identifier = self.compose("ps", "--all", "--quiet", service).strip()
        return json.loads(docker("inspect", identifier))[0]

    def images(self) -> list[str]:
        """The images that were built for this project."""
        wanted = f"reference={self.name}-*"
        return docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", wanted).split()

    def remains(self) -> list[str]:
        """Containers, volumes and networks that are there still."""
        label = f"label=com.docker.compose.project={self.name}"
        kinds = (["ps", "--all"], ["volume", "ls"], ["network", "ls"])
        return [line for kind in kinds for line in docker(*kind, "--quiet", "--filter", label).split()]
