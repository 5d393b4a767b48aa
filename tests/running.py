"""A forum of real processes on free ports: started, stopped and killed by name."""

import asyncio
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import asyncpg
import httpx

from chassis.database import Database
from users.keys import Keys, SigningKey

T = TypeVar("T")

SERVICES = {
    "monolith": ["monolith"],
    "split": ["users", "topics", "messages", "web"],
    "mixture": ["monolith", "users", "topics", "messages", "web"],
}
DATABASES = {
    "monolith": ["monolith"],
    "split": ["users", "topics", "messages"],
    "mixture": ["monolith", "users", "topics", "messages"],
}
GROUPS = {  # and a path that each answers
    "users": "/.well-known/jwks.json",
    "topics": "/api/tags",
    "messages": "/api/messages?limit=1",
    "web": "/openapi.json",
}
START_SECONDS = 60.0  # eight cold interpreters on two busy cores


class DidNotStart(Exception):
    """A process ended or stayed unready; the message carries the end of its log."""


@dataclass
class Process:
    """One `python -m NAME serve`, its settings, ports and log."""

    name: str
    environment: dict[str, str]
    log: Path
    port: int = field(default_factory=lambda: free_port())
    private_port: int = field(default_factory=lambda: free_port())
    child: subprocess.Popen[bytes] | None = None

    @property
    def private_url(self) -> str:
        return f"http://127.0.0.1:{self.private_port}"

    def run(self, command: str) -> "subprocess.Popen[bytes]":
        ports = {"PORT": str(self.port), "PRIVATE_PORT": str(self.private_port)}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self.name, command],
                env=self.environment | ports,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start(self) -> None:
        self.child = self.run("serve")

    def end(self, how: signal.Signals) -> int:
        """Send the signal and wait: the exit status."""
        assert self.child is not None, f"{self.name} does not run"
        self.child.send_signal(how)
        status = self.child.wait(20)
        self.child = None
        return status

    def await_ready(self) -> None:
        """Wait until it answers; DidNotStart if it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.child is None or self.child.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(f"{self.name}:\n{self.end_of_log()}")
            time.sleep(0.05)

    def end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def is_ready(self) -> bool:
        if self.name == "router":  # it has no health of its own: it is there when it listens
            return listens(self.port)
        try:
            return httpx.get(f"{self.private_url}/health/ready", timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False


class Running:
    """One deployment of the forum. `databases` maps a name of `DATABASES[topology]` to its URL."""

    def __init__(self, topology: str, databases: Mapping[str, str], folder: Path) -> None:
        self.topology = topology
        self.databases = dict(databases)
        self.names = [*SERVICES[topology], "router"]
        common = clean_environment() | {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "HOST": "127.0.0.1",
            "LOG_FORMAT": "text",
            "DRAIN_SECONDS": "0",
        }
        self.processes = {
            name: Process(name, dict(common), folder / f"{topology}-{name}.log") for name in self.names
        }
        self._connect()

    def _connect(self) -> None:
        """Tell each process where its database and its peers are."""
        targets = self.targets()
        keys = {name: secrets.token_urlsafe(24) for name in GROUPS}
        at_home = {name: self.processes.get(name, self.answering(name)) for name in DATABASES["split"]}
        peers = {f"{name.upper()}_URL": process.private_url for name, process in at_home.items()}
        for name, process in self.processes.items():
            if name in self.databases:
                process.environment["DATABASE_URL"] = self.databases[name]
            if name == "router":
                process.environment["TARGETS"] = json.dumps(targets)
            elif name != "monolith":
                process.environment |= peers | {"CALLER_KEY": keys[name], "CALLER_KEYS": json.dumps(keys)}
            process.environment["API_URL"] = self.url

    def targets(self) -> dict[str, list[str]]:
        """Of each target group of the router, the addresses."""
        return {name: [f"127.0.0.1:{self.answering(name).port}"] for name in GROUPS}

    def answering(self, group: str) -> Process:
        """The process behind a target group of the router."""
        return self.processes["monolith" if self.topology == "monolith" else group]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.processes['router'].port}"

    def migrate(self) -> None:
        """Bring each database to the present schema."""
        running = [(self.processes[name], self.processes[name].run("migrate")) for name in self.databases]
        statuses = [migration.wait(60) for _, migration in running]
        for (process, _), status in zip(running, statuses, strict=True):
            if status != 0:
                raise DidNotStart(f"{process.name} migrate:\n{process.end_of_log()}")

    def start(self, *names: str) -> None:
        """Start these, or all, and wait until they answer."""
        for name in names or self.names:
            self.processes[name].start()
        for name in names or self.names:
            self.processes[name].await_ready()
        if self.runs("router"):
            self.await_routes()

    def await_routes(self) -> None:
        """Wait until the router sends requests to everything that runs."""
        deadline = time.monotonic() + START_SECONDS
        for group, path in GROUPS.items():
            process = self.answering(group)
            while process.child is not None:
                status = httpx.get(f"{self.url}{path}", timeout=5, trust_env=False).status_code
                if status not in (502, 503, 504):
                    break
                if process.child.poll() is not None or time.monotonic() > deadline:
                    raise DidNotStart(f"the router answers {status} for {path}\n{process.end_of_log()}")
                time.sleep(0.05)

    def stop(self, *names: str) -> None:
        """Ask these, or all, to end (SIGTERM); each must exit with 0."""
        for name in names or [name for name in self.names if self.runs(name)]:
            status = self.processes[name].end(signal.SIGTERM)
            assert status == 0, f"{name} exited with {status}"

    def kill(self, *names: str) -> None:
        """End these with SIGKILL."""
        for name in names:
            self.processes[name].end(signal.SIGKILL)

    def runs(self, name: str) -> bool:
        return self.processes[name].child is not None

    def start_what_is_down(self) -> None:
        if down := [name for name in self.names if not self.runs(name)]:
            self.start(*down)

    @property
    def users_database(self) -> str:
        return self.databases.get("users") or self.databases["monolith"]

    def make_admin(self, username: str) -> None:
        """Give a user the role by SQL: there is no admin yet who could."""

        async def update() -> None:
            connection = await asyncpg.connect(self.users_database)
            try:
                await connection.execute(
                    "UPDATE users.users SET role = 'admin' WHERE username = $1", username
                )
            finally:
                await connection.close()

        in_a_loop_of_its_own(update)

    def signing_key(self) -> SigningKey:
        """The key that signs access tokens, opened with the secret of this deployment."""
        secret = self.answering("users").environment["SECRET_KEY"]

        async def read() -> SigningKey:
            database = Database(self.users_database, pool_size=1, name="test")
            try:
                return await Keys(database, secret, lifetime=timedelta(minutes=10)).signing(database)
            finally:
                await database.close()

        return in_a_loop_of_its_own(read)

    def __enter__(self) -> "Running":
        self.migrate()
        try:
            self.start()
        except BaseException:
            self.kill(*[name for name in self.names if self.runs(name)])
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill(*[name for name in self.names if self.runs(name)])


def clean_environment() -> dict[str, str]:
    """What any process needs of ours, and no setting of a forum."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
    return {name: os.environ[name] for name in kept if name in os.environ}


def in_a_loop_of_its_own(work: Callable[[], Coroutine[None, None, T]]) -> T:
    """The result of `work`, from a test that is not asynchronous while pytest-asyncio keeps a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work()).result()


def free_port() -> int:
    """A port nobody listens on, below those that clients are given: free still after a restart. Each is
    given once, since whoever asked first may not listen yet."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


_given: set[int] = set()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
