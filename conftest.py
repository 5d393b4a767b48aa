"""What every test may ask for: a real PostgreSQL, databases in it, and what a machine may lack."""

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

# Imported here, before pytest takes the folders of the same names for these packages.
import chassis  # noqa: F401
import monolith  # noqa: F401
import router  # noqa: F401
import web  # noqa: F401
from forum.hosting.embedded import Server, running

FreshDatabase = Callable[..., Awaitable[str]]
ROLE = "forum_test"
CHECKOV = Path(__file__).with_name("tests") / "ecs" / "checkov"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only_on(topology): says nothing of other deployments")
    config.addinivalue_line(
        "markers",
        "requires(name): needs docker, chromium, npm, haproxy or checkov; left out where it is absent",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("requires"):
        for name in marker.args:
            if not present(name):
                leave_out = pytest.fail if os.environ.get("FORUM_TEST_EVERYTHING") == "1" else pytest.skip
                leave_out(f"{name} is not on this machine")


def pytest_make_parametrize_id(val: object) -> str | None:
    """A value that pytest would name `title1`, by its place, goes by what it is; None leaves it to pytest."""
    if isinstance(val, str) and len(val) > 40:
        return f"{val[:10]}… ({len(val)} characters)"
    if isinstance(val, list | dict):
        return repr(val) if len(repr(val)) <= 60 else f"{repr(val)[:50]}… ({len(val)} elements)"
    return None


@cache
def present(name: str) -> bool:
    """Whether this machine has what a test requires."""
    if name == "chromium":
        return any(shutil.which(binary) for binary in ("chromium", "chromium-browser", "google-chrome"))
    if name == "docker":
        probe = ["docker", "compose", "ls"]  # needs the engine and Compose v2
        return bool(shutil.which("docker")) and subprocess.run(probe, capture_output=True).returncode == 0  # noqa: S603
    if name in ("haproxy", "npm"):
        return shutil.which(name) is not None
    if name == "checkov":  # installed where and when it is first wanted
        uv = [str(Path(sys.executable).with_name("uv")), "--quiet", "--no-python-downloads"]
        install = [*uv, "sync", "--frozen", "--project", str(CHECKOV), "--python", sys.executable]
        return subprocess.run(install).returncode == 0  # noqa: S603
    raise ValueError(f"nobody knows how to look for {name!r}")


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that other users can pass, unlike pytest's own: as root, PostgreSQL runs as one of them."""
    folder = Path(tempfile.mkdtemp(prefix="forum-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def postgres(open_folder: Path) -> AsyncIterator[str]:
    """The URL of a superuser's database: an embedded server's, or that of FORUM_TEST_POSTGRES."""
    if given := os.environ.get("FORUM_TEST_POSTGRES"):
        yield given
        return
    server = Server(open_folder / "postgres", throwaway=True)
    async with running(server, open_folder / "postgres.log"):
        yield server.url("postgres")


@pytest.fixture(scope="session")
async def fresh_database(postgres: str) -> AsyncIterator[FreshDatabase]:
    """`await fresh_database()` makes an empty database and gives its URL; `like=url` copies an unused one.

    Its owner is an ordinary role, as in production. All are dropped when the session ends.
    """
    administrator = await asyncpg.connect(postgres)
    made: list[str] = []
    if not await administrator.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", ROLE):
        await administrator.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'")

    async def make(like: str = "/template0") -> str:
        name = f"test_{uuid.uuid4().hex}"
        template = urlsplit(like).path.lstrip("/")
        await administrator.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}")
        made.append(name)
        return as_owner(postgres, name)

    yield make
    for name in made:
        await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await administrator.close()


def as_owner(url: str, database: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{ROLE}:{ROLE}@{place}", path=f"/{database}"))
