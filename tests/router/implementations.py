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
IN_IMAGE = "/usr/local/etc/haproxy/haproxy.cfg"


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


def environment(port: int, targets: dict[str, list[str]], rules: Path | None = None) -> dict[str, str]:
    """The settings of `python -m router`."""
    chosen = {"RULES": str(rules)} if rules else {}
    return {
        **os.environ,
        "PORT": str(port),
        "TARGETS": json.dumps(targets),
        "SHUTDOWN_SECONDS": "1",
        **chosen,
    }


@asynccontextmanager
async def running(
    kind: str, targets: dict[str, list[str]], folder: Path, rules: Path | None = None
) -> AsyncIterator[tuple[int, Path]]:
    """A router of this kind ("proxy" or "haproxy") on 127.0.0.1: its port, and the file of its log."""
    port = free_port()
    log = folder / f"{kind}-{port}.log"
    with ExitStack() as stack:
        if kind == "proxy":
            stack.enter_context(process([sys.executable, "-m", "router", "serve"], port, targets, rules, log))
        elif haproxy_here() == "docker":
            stack.enter_context(container(port, targets, rules, log))
        else:
            config = write_config(folder, port, targets, rules)
            command = [str(shutil.which("haproxy")), "-W", "-db", "-f", str(config)]
            stack.enter_context(process(command, port, targets, rules, log))
        await answering(port, targets)
        yield port, log


def write_config(folder: Path, port: int, targets: dict[str, list[str]], rules: Path | None) -> Path:
    """haproxy.cfg as the command prints it."""
    config = folder / f"haproxy-{port}.cfg"
    printed = subprocess.run(
        [sys.executable, "-m", "router", "haproxy"],
        env=environment(port, targets, rules), capture_output=True, text=True, check=True,
    )  # fmt: skip
    config.write_text(printed.stdout)
    return config


@contextmanager
def process(
    command: list[str], port: int, targets: dict[str, list[str]], rules: Path | None, log: Path
) -> Iterator[None]:
    with log.open("wb") as out:
        started = subprocess.Popen(command, env=environment(port, targets, rules), stdout=out, stderr=out)
    try:
        yield
    finally:
        started.terminate()
        started.wait(DEADLINE)


@contextmanager
def container(port: int, targets: dict[str, list[str]], rules: Path | None, log: Path) -> Iterator[None]:
    """As in compose: not root, nothing writable, no capability."""
    config = write_config(log.parent, port, targets, rules)
    config.chmod(0o644)
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
    """Wait until every group answers through the router."""
    paths = {"users": "/api/users", "topics": "/api/topics", "messages": "/api/messages", "web": "/"}
    async with asyncio.timeout(DEADLINE * 2):
        for group in targets:
            while True:
                try:
                    if (await get(port, paths[group])).status == 200:
                        break
                except (OSError, ValueError):
                    pass
                await asyncio.sleep(0.05)
