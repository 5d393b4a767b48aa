"""AWS on this machine: ministack, which runs tasks of ECS as containers of the local engine, behind its load
balancers, with images from its registry.

Everything is on loopback or on a network of this run alone, goes by the run's name, and is gone at the end.
"""

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from signal import SIGTERM

import httpx
from compose.project import docker
from ecs.mesh import Mesh
from running import DidNotStart, clean_environment, free_port

from forum.hosting.lifeline import tied

HERE = Path(__file__).parent
READY_SECONDS = 60.0
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Emulator:
    """To be entered. `port` is where its API and its registry are, `address` this machine as tasks see it."""

    def __init__(self, folder: Path) -> None:
        self.name = f"forum-ecs-{secrets.token_hex(4)}"
        self.folder = folder
        self.port = free_port()
        self.command_line = folder / "aws"
        self.instance = f"{self.name}:{self.port}"
        self.address = ""
        self.running = ExitStack()
        self.mesh = Mesh(self.instance)

    def __enter__(self) -> "Emulator":
        try:
            self.network(self.name)
            gateway = "{{(index .IPAM.Config 0).Gateway}}"
            self.address = docker("network", "inspect", "--format", gateway, self.name).strip()
            # The emulator puts tasks on the network of the container that it takes for its own.
            self.container("anchor", "postgres:17", "sleep", "infinity")
            self.start()
            self.running.enter_context(self.mesh)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.running.close()
        if containers := self.remaining("ps", "--all"):
            docker("rm", "--force", "--volumes", *containers)
        if networks := self.remaining("network", "ls"):
            docker("network", "rm", *networks)
        self.remove_images()

    def start(self) -> None:
        """ministack, and a command line that is quick, at `command_line`."""
        settings = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "HOSTNAME": f"{self.name}-anchor",
            "MINISTACK_HOSTNAME": self.name,
            "MINISTACK_DOCKER_TIMEOUT": "120",
            "TMPDIR": str(self.folder),
            "S3_DATA_DIR": str(self.folder / "s3"),
        }
        self.spawn("ministack", [str(HERE / "stand_in.py")], settings, self.answers)
        server = [str(HERE / "command_line.py"), str(self.command_line)]
        self.spawn("aws", server, CREDENTIALS, self.command_line.exists)

    def spawn(
        self, name: str, arguments: list[str], settings: dict[str, str], ready: Callable[[], bool]
    ) -> None:
        """A Python program that ends with us, once it is `ready`."""
        command = tied(SIGTERM, [sys.executable, *arguments])
        log = self.folder / f"{name}.log"
        with log.open("ab") as sink:
            process = subprocess.Popen(
                command,
                env=clean_environment() | settings,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
            )
        self.running.callback(process.wait)
        self.running.callback(process.terminate)
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(log.read_text(errors="replace")[-4000:])
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/_ministack/health", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def network(self, name: str) -> None:
        docker("network", "create", "--label", f"forum.run={self.name}", name)

    def container(self, name: str, image: str, *command: str, options: Sequence[str] = ()) -> str:
        """One of ours, on the run's network, where tasks reach it by its name, which is returned."""
        whole = f"{self.name}-{name}"
        ours = ["--label", f"forum.run={self.name}", "--network", self.name, "--name", whole]
        docker("run", "--detach", "--init", *ours, *options, image, *command)
        return whole

    def remaining(self, *kind: str) -> list[str]:
        """Containers (`ps --all`) or networks (`network ls`) of this run that are there."""
        labels = (f"forum.run={self.name}", f"ministack.instance={self.instance}")
        filters = [["--filter", f"label={label}"] for label in labels]
        return [found for filter_ in filters for found in docker(*kind, "--quiet", *filter_).split()]

    def remove_images(self) -> None:
        """The names of what was in the registry; layers that others use stay."""
        wanted = f"reference=127.0.0.1:{self.port}/*/*"
        columns = "{{.Repository}} {{.Tag}} {{.Digest}}"
        listed = docker("image", "ls", "--digests", "--format", columns, "--filter", wanted)
        names = {
            f"{repository}:{tag}" if tag != "<none>" else f"{repository}@{digest}"
            for repository, tag, digest in map(str.split, listed.splitlines())
        }
        for name in names:
            docker("image", "rm", name)
