"""Which forum a command means, and how it reaches that forum's databases.

From the environment: TOPOLOGY (split or monolith) and DATA_DIR, the folder of an embedded forum; or, where
the databases are elsewhere, USERS_DATABASE_URL, TOPICS_DATABASE_URL and MESSAGES_DATABASE_URL, for the
monolith FORUM_DATABASE_URL. A URL without a password takes it from USERS_PASSWORD and so on. The
administrator of their server comes in by ADMINISTRATOR_URL, or by PGHOST, PGUSER and PGPASSWORD.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from forum.errors import Refused
from forum.hosting.embedded import Server, running
from forum.hosting.folder import Folder
from forum.hosting.keyring import Keyring, keyring
from forum.hosting.lifeline import tied

DATABASES = {
    "split": {"users": "users", "topics": "topics", "messages": "messages"},
    "monolith": {"monolith": "forum"},
}
SECRETS = Path("/run/secrets")  # where containers have theirs


class Installation:
    """One forum."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        default = "/var/lib/forum" if os.geteuid() == 0 else ".forum"
        self.folder = Folder(Path(environ.get("DATA_DIR") or default))
        self.server = Server(self.folder.path / "postgres")
        self.topology = self.chosen_topology()
        self.given_urls = self.given_databases()

    def given(self, name: str) -> str | None:
        """A setting from the environment, or from the file of its lower-case name in /run/secrets."""
        file = SECRETS / name.lower()
        return self.environ.get(name) or (file.read_text().strip() if file.exists() else None)

    def chosen_topology(self) -> str:
        """TOPOLOGY; else that of the databases given; else the one that was run here last; else split."""
        chosen = self.environ.get("TOPOLOGY") or self.folder.described().get("topology", "split")
        if self.given("FORUM_DATABASE_URL") and not self.given("USERS_DATABASE_URL"):
            chosen = self.environ.get("TOPOLOGY") or "monolith"
        if chosen not in DATABASES:
            raise Refused(f"TOPOLOGY is {chosen!r}: choose {' or '.join(DATABASES)}")
        return str(chosen)

    @property
    def has_services_beside(self) -> bool:
        """Whether an embedded forum runs its services beside its monolith, while one is made of the other."""
        return self.is_embedded and self.topology == "monolith" and self.folder.beside.exists()

    @property
    def databases(self) -> dict[str, str]:
        """The name of the database of each app that owns one."""
        return DATABASES[self.topology] | (DATABASES["split"] if self.has_services_beside else {})

    def given_databases(self) -> dict[str, str]:
        """The database URL of each app, all or none."""
        databases = DATABASES[self.topology]
        found = {app: self.given_database(database) for app, database in databases.items()}
        given = {app: url for app, url in found.items() if url}
        missing = [f"{databases[app].upper()}_DATABASE_URL" for app in found if app not in given]
        if given and missing:
            raise Refused(f"{' and '.join(missing)} must be set too: no server is embedded when one is given")
        return given

    def given_database(self, database: str) -> str | None:
        """The URL of a database of this name, with its password."""
        url = self.given(f"{database.upper()}_DATABASE_URL")
        return with_password(url, self.given(f"{database.upper()}_PASSWORD")) if url else None

    @property
    def is_embedded(self) -> bool:
        return not self.given_urls

    def database_url(self, app: str) -> str:
        """postgresql://… of the app's own database, as the role that owns it."""
        database = self.databases[app]
        return self.given_urls.get(app) or self.server.url(database, role=database)

    def homes(self, service: str) -> list[str]:
        """URLs of the databases where a service's data may be: this topology's, and, for a cutover, that of
        the other side."""
        apps = [app for app in ("monolith", service) if app in self.databases]
        urls = [self.database_url(app) for app in apps]
        if not self.is_embedded and len(apps) == 1:
            other = self.given_database(service if apps == ["monolith"] else "forum")
            urls += [other] if other else []
        return urls

    def administrator_url(self, database: str) -> str | None:
        """postgresql://… of a database of a server that others run, as its administrator, with the password,
        since the server itself goes by it. None when nobody is given."""
        if given := self.given("ADMINISTRATOR_URL"):
            return urlsplit(given)._replace(path=f"/{quote(database)}").geturl()
        host, user, password = (self.given(f"PG{name}") for name in ("HOST", "USER", "PASSWORD"))
        if self.is_embedded or not host or not user:
            return None
        query = urlencode({"host": host, "sslmode": self.given("PGSSLMODE") or "prefer"})
        return with_password(f"postgresql://{quote(user, safe='')}@/{quote(database)}?{query}", password)

    @cached_property
    def keyring(self) -> Keyring | None:
        """The secrets in the data folder; None where they are given, as in containers, or nothing is kept."""
        if not self.is_embedded and (self.given("SECRET_KEY") or not self.folder.path.exists()):
            return None
        return keyring(self.folder.path / "secrets.json")

    def environment(self, app: str) -> dict[str, str]:
        """The whole environment in which `python -m APP …` reaches its database and its peers know it."""
        environment = dict(self.environ)
        if app in self.databases:
            environment["DATABASE_URL"] = self.database_url(app)
        if self.keyring is not None:
            environment["CALLER_KEYS"] = json.dumps(self.keyring.callers)
            if app in self.keyring.callers:
                environment["CALLER_KEY"] = self.keyring.callers[app]
            environment.setdefault("SECRET_KEY", self.keyring.secret_key)
        private = self.folder.described().get("private", {})
        return environment | {f"{peer.upper()}_URL": url for peer, url in private.items()}

    @asynccontextmanager
    async def reachable(self, command: str) -> AsyncIterator[None]:
        """The databases answer for the block: given ones, those of a running forum, or our own server's.

        That server's are brought up to date first. `command` is what others are told who want the folder.
        """
        if not self.is_embedded:
            yield
        elif self.folder.holder() is not None:
            await self.server.answers()
            yield
        else:
            with self.folder.held(command=command, topology=self.topology):
                async with running(self.server, self.folder.log("postgres")) as server:
                    await server.ensure_databases(self.databases.values())
                    await self.run_each("migrate")
                    yield

    async def run_each(self, command: str) -> None:
        """`python -m APP COMMAND` for each app with a database, all at once. Raises Refused as `run` does."""
        async with asyncio.TaskGroup() as together:
            for app in self.databases:
                together.create_task(self.run(app, command))

    async def run(self, app: str, command: str) -> None:
        """`python -m APP COMMAND` to its end. Raises Refused with its last line when it fails."""
        process = await asyncio.create_subprocess_exec(
            *tied(signal.SIGKILL, [sys.executable, "-m", app, command]),
            env=self.environment(app),
            cwd="/",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            raise Refused(f"{app} {command} failed: {last_line(output)}")


def with_password(url: str, password: str | None) -> str:
    """The URL with that password, unless it has one of its own."""
    parts = urlsplit(url)
    if not password or parts.password is not None or not parts.username:
        return url
    user, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()


def last_line(output: bytes) -> str:
    """The last line of what a process said."""
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
