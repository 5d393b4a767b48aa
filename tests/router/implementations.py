"""The two implementations of the rules as running processes in front of toy services."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from toys import DEADLINE, Toy, free_port, get

IMAGE = "haproxy:3.0"
IN_IMAGE = "/usr/local/etc/haproxy"
PLACES = {"users": "/api/users", "topics": "/api/topics", "messages": "/api/messages", "web": "/"}


@dataclass
class Router:
    """A running implementation, the services behind it, and where it writes its log."""

    kind: str
    port: int
    toys: dict[str, Toy]
    log: Path


def haproxy_here() -> str:
    """How HAProxy can be had: "docker", "binary" (3.0 or newer), or ""."""
    try:
        inspected = subprocess.run(
            ["docker", "image", "inspect", IMAGE],  # noqa: S607 - whichever is on PATH
            capture_output=True, timeout=20, check=False
        )  # fmt: skip
        if inspected.returncode == 0:
            return "docker"
    except (OSError, subprocess.TimeoutExpired):
        pass
    binary = shutil.which("haproxy")
    if binary is None:
        return ""
    version = subprocess.run([binary, "-v"], capture_output=True, text=True, check=False).stdout
    return "binary" if version.split("version ")[-1][:2] >= "3." else ""


def need_haproxy() -> None:
    """Skip where there is none; where nothing may be left out, fail."""
    if not haproxy_here():
        reason = "no HAProxy 3.0: neither the image haproxy:3.0 nor a binary"
        if os.environ.get("FORUM_TEST_EVERYTHING"):
            pytest.fail(reason)
        pytest.skip(reason)


@asynccontextmanager
async def running(
    kind: str, targets: dict[str, list[str]], folder: Path, **settings: str
) -> AsyncIterator[tuple[int, Path]]:
    """A router of this kind ("proxy" or "haproxy") on 127.0.0.1, with some settings besides: its port, and
    the file of its log."""
    port = free_port()
    log = folder / f"{kind}-{port}.log"
    environment = {
        **os.environ,
        "PORT": str(port),
        "TARGETS": json.dumps(targets),
        "SHUTDOWN_SECONDS": "1",
        **settings,
    }
    with ExitStack() as stack:
        if kind == "proxy":
            stack.enter_context(process([sys.executable, "-m", "router", "serve"], environment, log))
        elif haproxy_here() == "docker":
            stack.enter_context(container(environment, log))
        else:
            config = write_config(log.with_suffix(""), environment) / "haproxy.cfg"
            command = [str(shutil.which("haproxy")), "-W", "-db", "-f", str(config)]
            stack.enter_context(process(command, environment, log))
        await answering(port, targets)
        yield port, log


def write_config(folder: Path, environment: dict[str, str]) -> Path:
    """haproxy.cfg and, where there are shares, shares.map, as the commands print them."""
    files = {"haproxy.cfg": "haproxy"} | ({"shares.map": "haproxy-map"} if "SHARES" in environment else {})
    folder.mkdir(mode=0o755)
    for name, command in files.items():
        printed = subprocess.run(
            [sys.executable, "-m", "router", command],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        (folder / name).write_text(printed.stdout)
        (folder / name).chmod(0o644)
    return folder


@contextmanager
def process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        started = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        yield
    finally:
        started.terminate()
        started.wait(DEADLINE)


@contextmanager
def container(environment: dict[str, str], log: Path) -> Iterator[None]:
    """As in compose: not root, nothing writable, no capability."""
    config = write_config(log.with_suffix(""), environment)
    name = f"forum-router-{uuid4().hex[:8]}"
    mount = f"--volume={config}:{IN_IMAGE}:ro"
    limits = [mount, "--network=host", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    docker("run", "--detach", "--name", name, *limits, IMAGE)
    try:
        yield
    finally:
        log.write_bytes(docker("logs", name))
        docker("rm", "--force", name)


def docker(*arguments: str) -> bytes:
    """Run docker; its output and its complaints."""
    return subprocess.run(
        ["docker", *arguments],  # noqa: S607 - whichever is on PATH
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=True,
    ).stdout


async def answering(port: int, targets: dict[str, list[str]]) -> None:
    """Wait until the places of every group are answered through the router."""
    async with asyncio.timeout(DEADLINE * 2):
        for group in PLACES.keys() & targets:
            while True:
                try:
                    if (await get(port, PLACES[group])).status == 200:
                        break
                except (OSError, ValueError):
                    pass
                await asyncio.sleep(0.05)
