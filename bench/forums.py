"""The forums that are measured: monolith and split, side by side on one durable PostgreSQL."""

import asyncio
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from forum.hosting.embedded import Server, running
from tests.running import DATABASES, Running, free_port

TOPICS, MESSAGES_EACH = 100, 20
TEXT = "What I meant is **this**: the quick brown fox jumps over the lazy dog, twice. "


@dataclass(frozen=True)
class Forum:
    """A forum that runs, its writer's token, the ids of its topics, its databases' URLs by app, and a folder
    for files."""

    running: Running
    token: str
    topics: list[str]
    databases: dict[str, str]
    folder: Path

    def direct(self, group: str) -> str:
        """The base URL of the process behind a target group, without the router."""
        return f"http://127.0.0.1:{self.running.answering(group).port}"


@asynccontextmanager
async def forums() -> AsyncIterator[dict[str, Forum]]:
    """Both topologies, running and with people, topics and messages in them."""
    folder = passable_folder()
    server = Server(folder / "postgres")
    try:
        async with running(server, folder / "postgres.log"):
            made = {name: await databases(server, name) for name in ("monolith", "split")}
            with (
                Running("monolith", made["monolith"], folder) as monolith,
                Running("split", made["split"], folder) as split,
            ):
                yield {
                    "monolith": await asyncio.to_thread(settle, monolith, made["monolith"], folder),
                    "split": await asyncio.to_thread(settle, split, made["split"], folder),
                }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def databases(server: Server, topology: str) -> dict[str, str]:
    """Makes a topology's databases: their URLs by app."""
    connection = await asyncpg.connect(server.url("postgres"))
    for app in DATABASES[topology]:
        await connection.execute(f"CREATE DATABASE bench_{app}")
    await connection.close()
    return {app: server.url(f"bench_{app}") for app in DATABASES[topology]}


def passable_folder() -> Path:
    """A folder for a server's data that other users can pass: as root, PostgreSQL runs as one of them."""
    folder = Path(tempfile.mkdtemp(prefix="forum-bench-"))
    folder.chmod(0o711)
    return folder


def settle(forum: Running, urls: dict[str, str], folder: Path) -> Forum:
    """Registers a writer, who starts topics and answers in each."""
    someone = {"username": "bench", "password": "bench-bench-bench"}
    with httpx.Client(base_url=forum.url, trust_env=False, timeout=10) as client:
        client.post("/api/users", json=someone).raise_for_status()
        token = client.post("/api/sessions", json=someone).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        topics = []
        for number in range(TOPICS):
            new = {"title": f"Topic {number}", "body": TEXT * 4, "tags": ["bench"]}
            topics.append(client.post("/api/topics", json=new).raise_for_status().json()["id"])
            for _ in range(MESSAGES_EACH):
                path = f"/api/topics/{topics[-1]}/messages"
                client.post(path, json={"body": TEXT * 4}).raise_for_status()
    return Forum(forum, token, topics, urls, folder)


@contextmanager
def haproxy(forum: Forum) -> Iterator[str | None]:
    """HAProxy 3.0 in its container, on the host's network, in front of a forum and from the same rules: its
    URL; None where no engine runs."""
    port, name = free_port(), f"forum-bench-{secrets.token_hex(4)}"
    settings = forum.running.processes["router"].environment | {"PORT": str(port)}
    command = [sys.executable, "-m", "router", "haproxy"]
    rendered = subprocess.run(command, env=settings, capture_output=True, check=True).stdout
    config = forum.folder / f"{name}.cfg"
    config.write_bytes(rendered)
    config.chmod(0o644)
    mount = f"{config}:/usr/local/etc/haproxy/haproxy.cfg:ro"
    begin = ["docker", "run", "--detach", "--rm", "--name", name, "--network", "host", "--volume", mount]
    if not shutil.which("docker") or subprocess.run([*begin, "haproxy:3.0"], capture_output=True).returncode:
        yield None
        return
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 15
        while not answers(f"{url}/api/topics") and time.monotonic() < deadline:
            time.sleep(0.1)
        yield url
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True)


def answers(url: str) -> bool:
    """Whether a GET succeeds."""
    try:
        return httpx.get(url, trust_env=False, timeout=2).is_success
    except httpx.TransportError:
        return False
