"""A whole forum on this machine: what runs, where it listens, and starting it in order."""

import asyncio
import ipaddress
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from forum.errors import Refused
from forum.hosting.beside import check_owners
from forum.hosting.installation import Installation
from forum.hosting.network import answering, free_ports, is_free
from forum.hosting.supervisor import Supervisor

SERVICES = ("users", "topics", "messages", "web")
APPS = {
    "split": SERVICES,
    "monolith": ("monolith", *SERVICES),
}  # the monolith's services start when asked for
EVERY_GROUP = ("/api/users?limit=1", "/api/tags", "/api/messages?limit=1", "/")
START_SECONDS = 60.0
WANTED_SECONDS = 0.2  # between looks whether a cutover wants the services

READABLE = {"LOG_FORMAT": "text"}  # unless the environment asks for another
ENDING = {"DRAIN_SECONDS": "0", "SHUTDOWN_SECONDS": "3"}  # within the supervisor's APP_SECONDS


@dataclass
class Deployment:
    """`host`:`port` is the router's, `ports` has each app's public and private one; `say` prints a line."""

    installation: Installation
    host: str
    port: int
    say: Callable[[str], None]
    ports: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def apps(self) -> tuple[str, ...]:
        """Those that are to run now."""
        is_alone = self.installation.topology == "monolith" and not self.installation.has_services_beside
        return ("monolith",) if is_alone else APPS[self.installation.topology]

    @property
    def here(self) -> str:
        """An address at which this machine reaches the router."""
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return self.host
        loopback = "127.0.0.1" if address.version == 4 else "::1"
        return loopback if address.is_unspecified else self.host

    @property
    def url(self) -> str:
        return f"http://[{self.here}]:{self.port}" if ":" in self.here else f"http://{self.here}:{self.port}"

    async def run(self) -> None:
        """Start everything, and run until cancelled. Raises Refused when something stands in the way."""
        folder = self.installation.folder
        if folder.holder() is None:
            await self.port_must_be_free()
            if self.installation.is_embedded:
                await self.installation.server.check()
        with folder.held(command="forum up", topology=self.installation.topology, url=self.url):
            supervisor = Supervisor(folder.logs, self.say)
            try:
                await supervisor.before_failure(self.start(supervisor))
                supervisor.settled = True
                await self.have_services_beside(supervisor)
                await asyncio.Event().wait()
            finally:
                await supervisor.stop()

    async def port_must_be_free(self) -> None:
        """Raises Refused. A port that was held by a forum killed just now is waited for."""
        deadline = time.monotonic() + 1
        try:
            while not is_free(self.host, self.port):
                if time.monotonic() > deadline:
                    raise Refused(f"port {self.port} of {self.host} is in use: choose another PORT")
                await asyncio.sleep(0.1)
        except OSError as error:
            raise Refused(f"cannot listen on {self.host} port {self.port} ({error.strerror})") from error

    async def start(self, supervisor: Supervisor) -> None:
        began = time.monotonic()
        installation = self.installation
        self.say(f"Starting the forum ({installation.topology}); its data: {installation.folder.path}")
        apps = APPS[installation.topology]
        numbers = iter(free_ports(2 * len(apps)))
        self.ports = {app: (next(numbers), next(numbers)) for app in apps}
        installation.folder.describe(
            command="forum up",
            topology=installation.topology,
            url=self.url,
            public={app: f"http://127.0.0.1:{port}" for app, (port, _) in self.ports.items()},
            private={app: f"http://127.0.0.1:{port}" for app, (_, port) in self.ports.items()},
        )
        supervisor.run_app("router", self.router_environment())
        if installation.is_embedded:
            await installation.server.prepare()
            supervisor.run_postgres(installation.server)
            await installation.server.answers()
            await installation.server.ensure_databases(installation.databases.values())
        await installation.run_each("migrate")
        await check_owners(installation)
        for app in self.apps:
            supervisor.run_app(app, self.environment(app))
        await self.everything_answers()
        self.announce(time.monotonic() - began)

    async def have_services_beside(self, supervisor: Supervisor) -> None:
        """Starts the services beside a monolith that runs alone, once a cutover wants them."""
        wanted = self.installation.folder.beside
        is_alone = self.apps == ("monolith",) and self.installation.is_embedded
        while is_alone:
            await asyncio.sleep(WANTED_SECONDS)
            if wanted.exists():
                try:
                    await self.start_services(supervisor)
                    is_alone = False
                except Refused as error:
                    wanted.unlink()
                    self.say(f"The services did not start beside the monolith: {error}")

    async def start_services(self, supervisor: Supervisor) -> None:
        self.say("Starting the services beside the monolith")
        await self.installation.server.ensure_databases(self.installation.databases.values())
        await self.installation.run_each("migrate")
        for app in SERVICES:
            supervisor.run_app(app, self.environment(app))

    def environment(self, app: str) -> dict[str, str]:
        public, private = self.ports[app]
        own = {"HOST": "127.0.0.1", "PORT": str(public), "PRIVATE_PORT": str(private), "API_URL": self.url}
        return READABLE | self.installation.environment(app) | ENDING | own

    def router_environment(self) -> dict[str, str]:
        targets = {app: [f"127.0.0.1:{public}"] for app, (public, _) in self.ports.items()}
        own = {"HOST": self.host, "PORT": str(self.port), "TARGETS": json.dumps(targets)}
        shares = {"SHARES": str(self.installation.folder.shares)} if "monolith" in targets else {}
        return READABLE | dict(os.environ) | ENDING | own | shares

    async def everything_answers(self) -> None:
        """Wait until each app is ready and the router reaches every group. Raises Refused after a minute."""
        ready = [("127.0.0.1", self.ports[app][0], "/health/ready") for app in self.apps]
        through = [(self.here, self.port, path) for path in EVERY_GROUP]
        try:
            async with asyncio.timeout(START_SECONDS):
                for host, port, path in ready + through:
                    await answering(host, port, path)
        except TimeoutError as error:
            raise Refused(
                f"http://{host}:{port}{path} did not answer in {START_SECONDS:g} s. "
                f"Logs: {self.installation.folder.logs}"
            ) from error

    def announce(self, seconds: float) -> None:
        """Print where everything is, in a few lines."""
        ports = ((app, *self.ports[app]) for app in self.apps)
        private = "   ".join(f"{app} {public}/{private}" for app, public, private in ports)
        self.say(f"Ready in {seconds:.1f} s. Ctrl-C stops it.")
        self.say("")
        self.say(f"  Forum      {self.url}")
        self.say(f"  API        {self.url}/docs")
        self.say(f"  Ports      {private}   (public/private, on 127.0.0.1)")
        self.say(f"  Logs       {self.installation.folder.logs}")
