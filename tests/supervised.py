"""A forum under `forum up`, as people run it, whose processes can be killed one by one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
from running import GROUPS, DidNotStart, clean_environment, free_port

READY_SECONDS = 120.0  # five cold applications and a database that recovers, on a busy machine


class Supervised:
    """`forum up` in a folder of its own. Victims of `kill`: "supervisor", "PostgreSQL", or an application."""

    def __init__(self, topology: str, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = clean_environment() | {
            "TOPOLOGY": topology,
            "PORT": str(self.port),
            "DATA_DIR": str(folder / "data"),
        }
        self.command = [str(Path(sys.executable).with_name("forum")), "up", "--end-with-parent"]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Supervised":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)

    def start(self) -> None:
        """Start it and wait until the router reaches every service."""
        with (self.folder / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart((self.folder / "up.log").read_text(errors="replace")[-4000:])
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return all(
                httpx.get(f"{self.url}{path}", timeout=2, trust_env=False).is_success
                for path in GROUPS.values()
            )
        except httpx.TransportError:
            return False

    def kill(self, victim: str) -> None:
        """SIGKILL; whoever supervises the victim starts it again: for the supervisor that is this method."""
        assert self.process is not None
        if victim != "supervisor":
            os.kill(self.child(victim).pid, signal.SIGKILL)
            return
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, f"outlived the supervisor: {alive}"
        self.start()

    def child(self, victim: str) -> psutil.Process:
        """The process of that name right below the supervisor, once there is one."""
        assert self.process is not None
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for child in psutil.Process(self.process.pid).children():
                if is_called(child, victim):
                    return child
            time.sleep(0.05)
        raise DidNotStart(f"{victim} is not there: {(self.folder / 'up.log').read_text(errors='replace')}")


def is_called(process: psutil.Process, name: str) -> bool:
    try:
        command = process.cmdline()
    except psutil.NoSuchProcess:
        return False
    if name == "PostgreSQL":
        return Path(command[0]).name == "postgres" if command else False
    return command[1:] == ["-m", name, "serve"]
