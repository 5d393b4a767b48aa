"""`forum up`, in real processes."""

import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from launched import FORUM, Launched, eventually, launched

from forum.hosting.installation import Installation

SECONDS_TO_END = 10


@pytest.fixture
def data(open_folder: Path) -> Path:
    """A data folder that does not exist yet."""
    return open_folder / uuid.uuid4().hex


@pytest.fixture(scope="module")
def forum(open_folder: Path) -> Iterator[Launched]:
    """A split forum that tests disturb but do not end."""
    with launched(open_folder / uuid.uuid4().hex) as running:
        yield running


def refused(**environment: str) -> str:
    """The one line with which a start is refused."""
    done = subprocess.run(
        [FORUM, "up"], env=os.environ | environment, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    return lines[0]


@asynccontextmanager
async def database(data: Path, app: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as an app of the forum that runs in `data`."""
    installation = Installation({"DATA_DIR": str(data)})
    connection = await asyncpg.connect(installation.database_url(app))
    try:
        yield connection
    finally:
        await connection.close()


def test_the_forum_answers_where_it_says(forum: Launched) -> None:
    assert f"http://127.0.0.1:{forum.port}\n" in forum.said()
    for path in ("/", "/api/users", "/api/topics", "/api/tags", "/api/messages"):
        assert forum.status(path) == 200, path


def test_a_second_start_on_the_same_folder_is_told_who_runs(forum: Launched) -> None:
    line = refused(DATA_DIR=str(forum.data), PORT="1")
    assert f"in use by forum up, process {forum.process.pid} at http://127.0.0.1:{forum.port}" in line
    assert forum.status("/api/topics") == 200


def test_a_port_in_use_is_refused_and_nothing_is_made(forum: Launched, data: Path) -> None:
    line = refused(DATA_DIR=str(data), PORT=str(forum.port))
    assert f"port {forum.port} of 127.0.0.1 is in use" in line
    assert not data.exists()


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "8080 "])
def test_a_port_that_is_none_is_refused(data: Path, port: str) -> None:
    assert "PORT is" in refused(DATA_DIR=str(data), PORT=port)


def test_a_topology_that_is_none_is_refused(data: Path) -> None:
    assert "TOPOLOGY is 'both'" in refused(DATA_DIR=str(data), TOPOLOGY="both")


def test_a_folder_that_cannot_be_made_is_refused(open_folder: Path) -> None:
    file = open_folder / "file"
    file.touch()
    assert f"cannot write in {file}/data (Not a directory)" in refused(DATA_DIR=str(file / "data"), PORT="8")


def test_a_folder_that_cannot_be_written_is_refused(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o555)
    command = [FORUM, "up"]
    if os.geteuid() == 0:  # what makes root pass every check
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is not on this machine, and root may write everywhere")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    environment = os.environ | {"DATA_DIR": str(closed / "data"), "PORT": "8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert (
        done.stderr == f"forum: cannot write in {closed}/data (Permission denied): choose another DATA_DIR\n"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_a_folder_that_the_other_user_cannot_reach_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert f"{tmp_path} is out of reach" in refused(DATA_DIR=str(tmp_path / "data"), PORT="8")
    assert list(tmp_path.iterdir()) == []
    assert tmp_path.stat().st_mode & 0o777 == 0o700


async def test_a_service_reaches_its_own_database_only(forum: Launched) -> None:
    async with database(forum.data, "users") as connection:
        assert await connection.fetchval("SELECT current_user") == "users"
    url = Installation({"DATA_DIR": str(forum.data)}).server.url("users", role="topics")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(url)


def test_the_secrets_are_for_their_owner_alone(forum: Launched) -> None:
    assert (forum.data / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["users", "web", "router"])
def test_a_process_that_is_killed_is_started_again(forum: Launched, name: str) -> None:
    killed = forum.process_of(name, "serve")
    killed.kill()
    forum.started(name, "serve", other_than=killed)
    path = {"users": "/api/users", "web": "/docs", "router": "/api/topics"}[name]
    forum.answers(path)
    assert f"{name} ended (killed by SIGKILL); starting it again in" in forum.said()


async def test_postgresql_is_started_again_and_the_services_find_it(forum: Launched) -> None:
    services = [forum.process_of(name, "serve").pid for name in ("users", "topics", "messages")]
    killed = forum.process_of("-D")
    killed.kill()
    forum.started("-D", other_than=killed)
    for path in ("/api/users", "/api/topics", "/api/messages"):
        forum.answers(path)
    assert services == [forum.process_of(name, "serve").pid for name in ("users", "topics", "messages")]


async def test_nothing_outlives_a_killed_supervisor_and_the_next_start_finds_the_data(data: Path) -> None:
    with launched(data, topology="monolith") as forum:
        async with database(data, "monolith") as connection:
            await connection.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")
        processes = forum.processes()
        assert len(processes) >= 4
        forum.process.kill()
        _, left = psutil.wait_procs(processes, SECONDS_TO_END)
        assert left == []
    with launched(data, topology="monolith") as forum:
        async with database(data, "monolith") as connection:
            assert await connection.fetchval("SELECT answer FROM public.kept") == 42
        processes = forum.processes()
        forum.process.send_signal(signal.SIGTERM)
        assert forum.ended(SECONDS_TO_END) == 0
        assert not any(process.is_running() for process in processes)


def test_a_termination_in_the_middle_of_a_start_leaves_nothing(data: Path) -> None:
    forum = Launched(data)
    forum.started("-D")
    processes = forum.processes()
    forum.process.terminate()
    assert forum.ended(SECONDS_TO_END) == 0
    _, left = psutil.wait_procs(processes, 1)
    assert left == []
    assert "Ready" not in forum.said()


def test_it_ends_with_the_process_that_started_it_when_asked_to(data: Path) -> None:
    shell = ["sh", "-c", f"{FORUM} up --end-with-parent; true"]
    forum = Launched(data, topology="monolith", command=shell)
    try:
        processes = forum.ready().processes()
        forum.process.kill()
        _, left = psutil.wait_procs(processes, SECONDS_TO_END)
        assert left == []
    finally:
        forum.process.wait()


def test_a_port_that_is_taken_during_the_start_ends_everything(data: Path) -> None:
    forum = Launched(data)
    eventually(lambda: data.exists())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", forum.port))
        taken.listen()
        began = time.monotonic()
        assert forum.ended(20) == 1
    assert "router did not start" in forum.said()
    assert time.monotonic() - began < 20
