"""An installation of the forum on the emulator: its settings, and the scripts of `ecs/`, run as people do."""

import json
import os
import platform
import re
import secrets
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compose.project import DidNotWork, docker
from ecs.calls import Watch
from ecs.door import Door
from ecs.emulator import CREDENTIALS, Emulator
from ecs.gate import Gate
from running import clean_environment

TOOLS = Path(__file__).with_name("bin")
IS_ARM = platform.machine() in ("aarch64", "arm64")
NO_ACCOUNT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
SMALL = {
    "ARCHITECTURE": "ARM64" if IS_ARM else "X86_64",
    "PLATFORMS": "linux/arm64" if IS_ARM else "linux/amd64",
    "TASKS": "1",
    "MAX_TASKS": "1",
}
# A server that speaks TLS, as AWS's do, with a key of its own.
SERVER = """
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=database -days 2 -keyout /tmp/key -out /tmp/certificate
chown postgres /tmp/key /tmp/certificate
export HOME=/var/lib/postgresql
exec docker-entrypoint.sh postgres -c ssl=on -c ssl_key_file=/tmp/key -c ssl_cert_file=/tmp/certificate \
  -c wal_level=logical -c fsync=off -c max_connections=300
"""
# As the administrators of AWS's servers are: no superuser, but with what a move needs of rds_superuser.
ADMINISTRATOR = """
psql --quiet --username=postgres --dbname=template1 --set=ON_ERROR_STOP=1 <<'SQL'
CREATE ROLE administrator LOGIN CREATEROLE CREATEDB REPLICATION PASSWORD '{password}';
GRANT pg_create_subscription, pg_monitor TO administrator;
GRANT EXECUTE ON FUNCTION pg_replication_origin_advance TO administrator;
SQL
"""


@dataclass(frozen=True)
class Said:
    """How a script ended, and what it wrote to both streams."""

    script: str
    status: int
    text: str
    seconds: float


class Installation:
    """To be entered. `name` is its NAME, `checkout` the clean clone of the project whose scripts are run."""

    def __init__(self, emulator: Emulator, name: str, checkout: Path, **settings: str) -> None:
        self.emulator = emulator
        self.name = name
        self.checkout = checkout
        self.watch = Watch()
        self.running = ExitStack()
        self.environment = clean_environment() | CREDENTIALS | NO_ACCOUNT | SMALL | settings

    def __enter__(self) -> "Installation":
        enter, emulator = self.running.enter_context, self.emulator
        door = enter(Door(emulator.address, emulator.port, f"{self.name}-edge-"))
        gate = enter(Gate("127.0.0.1", emulator.port, self.watch))
        files = enter(Gate(emulator.address, emulator.port, self.watch))
        networks = f"{emulator.name}-{self.name}-mesh", f"{emulator.name}-{self.name}-names"
        for network in networks:
            emulator.network(network)
        emulator.mesh.networks[self.name] = networks
        self.url = door.url
        self.environment |= {
            "PATH": f"{TOOLS}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "FORUM_TEST_AWS": str(emulator.command_line),
            "AWS_ENDPOINT_URL": gate.url,
            "AWS_ENDPOINT_URL_S3": files.url,
            "NAME": self.name,
            "FORUM_URL": self.url,
        }
        self.environment |= self.database()
        return self

    def __exit__(self, *_: object) -> None:
        self.running.close()

    def database(self) -> dict[str, str]:
        """The settings by which the forum finds a server of its own, which answers."""
        password = secrets.token_urlsafe(16)
        given = ["--env", f"POSTGRES_PASSWORD={password}", "--tmpfs", "/var/lib/postgresql/data"]
        host = self.emulator.container(
            f"{self.name}-database", "postgres:17", "bash", "-c", SERVER, options=given
        )
        answers = "until pg_isready --quiet --host=127.0.0.1; do sleep 0.1; done"
        docker("exec", host, "timeout", "180", "bash", "-c", answers)
        docker("exec", host, "bash", "-c", ADMINISTRATOR.format(password=password))
        known = json.dumps({"username": "administrator", "password": password})
        secret = self.aws(
            "secretsmanager", "create-secret", "--name", f"{self.name}-server", "--secret-string", known
        )
        return {"DATABASE": "existing", "DATABASE_HOST": host, "ADMINISTRATOR_SECRET": secret["ARN"]}

    def aws(self, *arguments: str) -> Any:
        """What the AWS command line answers."""
        said = self.execute("aws", *arguments, "--output", "json")
        if said.status != 0:
            raise DidNotWork(said.text)
        return json.loads(said.text or "null")

    def run(self, script: str, *arguments: str, typed: str = "", **settings: str) -> Said:
        """A script of `ecs/`, whatever comes of it; `typed` is what it reads."""
        return self.execute(str(self.checkout / "ecs" / script), *arguments, typed=typed, settings=settings)

    def does(self, script: str, *arguments: str, typed: str = "", **settings: str) -> str:
        """What a script writes that is to succeed."""
        said = self.run(script, *arguments, typed=typed, **settings)
        assert said.status == 0, f"ecs/{script} ended with {said.status}:\n{said.text}"
        return said.text

    def execute(self, *command: str, typed: str = "", settings: dict[str, str] | None = None) -> Said:
        started = time.monotonic()
        result = subprocess.run(
            command,
            cwd=self.checkout,
            env=self.environment | (settings or {}),
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        return Said(" ".join(command), result.returncode, result.stdout, time.monotonic() - started)

    def commit(self) -> str:
        """What is checked out, as images are tagged."""
        return self.execute("git", "rev-parse", "HEAD").text.strip()

    def left(self) -> list[str]:
        """What AWS has that goes by this name; the secret of its server is no part of the installation."""
        kinds = (
            ("cloudformation", "describe-stacks", "Stacks", "StackName"),
            ("ecr", "describe-repositories", "repositories", "repositoryName"),
            ("ssm", "describe-parameters", "Parameters", "Name"),
            ("secretsmanager", "list-secrets", "SecretList", "Name"),
        )
        names = [kept[name] for service, call, of, name in kinds for kept in self.aws(service, call)[of]]
        for status in ("ACTIVE", "INACTIVE"):
            definitions = self.aws("ecs", "list-task-definitions", "--status", status)
            names += [arn.rpartition("/")[2] for arn in definitions["taskDefinitionArns"]]
        return [name for name in names if re.match(rf"/?{self.name}[-/]", name)]

    def tasks(self, app: str) -> list[str]:
        """The containers of an application's tasks that run."""
        wanted = [f"label=ministack.instance={self.emulator.instance}"]
        wanted += [f"label=com.amazonaws.ecs.task-definition-family={self.name}-{app}"]
        return docker("ps", "--quiet", *(word for label in wanted for word in ("--filter", label))).split()
