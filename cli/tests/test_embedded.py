"""The embedded PostgreSQL, on its own."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import psutil
import pytest
from launched import eventually

from forum.errors import Refused
from forum.hosting import embedded
from forum.hosting.account import account_for, reachable_binaries
from forum.hosting.embedded import Server, running, socket_folder

FreshDatabase = Callable[..., Awaitable[str]]

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")


@pytest.fixture
def folder(open_folder: Path) -> Path:
    """Where a server's folder may be made."""
    return open_folder / uuid.uuid4().hex


async def test_changes_can_be_replicated_logically_from_the_first_day(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    try:
        assert await connection.fetchval("SHOW wal_level") == "logical"
    finally:
        await connection.close()


async def test_a_fresh_database_is_empty_and_its_owner_is_nobody_special(
    fresh_database: FreshDatabase,
) -> None:
    connection = await asyncpg.connect(await fresh_database())
    try:
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert await connection.fetchval("SELECT count(*) FROM pg_stat_user_tables") == 0
    finally:
        await connection.close()


async def test_a_fresh_database_can_be_like_another(fresh_database: FreshDatabase) -> None:
    pattern = await fresh_database()
    connection = await asyncpg.connect(pattern)
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await connection.close()
    connection = await asyncpg.connect(await fresh_database(like=pattern))
    try:
        assert await connection.fetchval("SELECT answer FROM kept") == 42
    finally:
        await connection.close()


def test_a_server_that_is_not_for_throwing_away_is_durable(folder: Path) -> None:
    assert Server(folder).settings == embedded.ALWAYS
    assert not {"fsync", "synchronous_commit", "full_page_writes"} & set(embedded.ALWAYS)


async def test_a_pid_file_that_names_a_stranger_does_not_stop_a_start(folder: Path) -> None:
    server = Server(folder, throwaway=True)
    await server.prepare()
    user, group = (server.account.uid, server.account.gid) if server.account.is_other else (None, None)
    stranger = await asyncio.create_subprocess_exec("sleep", "1000", user=user, group=group)
    (server.data / "postmaster.pid").write_text(f"{stranger.pid}\n{server.data}\n0\n5432\n\n\n\nready\n")
    try:
        async with running(server, folder.with_suffix(".log")):
            assert server.processes()
        assert server.processes() == []
    finally:
        stranger.kill()
        await stranger.wait()


async def test_two_servers_do_not_share_a_folder(folder: Path) -> None:
    async with running(Server(folder, throwaway=True), folder.with_suffix(".log")):
        with pytest.raises(Refused, match="another PostgreSQL"):
            await Server(folder).clear_the_way(seconds=0)


async def test_an_interrupted_initdb_is_done_again(folder: Path) -> None:
    part = folder / "data.part"
    part.mkdir(parents=True)
    (part / "PG_VERSION").write_text("18\n")
    server = Server(folder, throwaway=True)
    if os.geteuid() == 0:
        shutil.chown(folder, account_for(server.data).uid)
    await server.prepare()
    assert (server.data / "PG_VERSION").exists()
    assert not part.exists()


async def test_a_path_too_long_for_a_socket_has_its_socket_elsewhere(folder: Path) -> None:
    deep = folder / ("deep" * 20) / "postgres"
    deep.parent.mkdir(parents=True, mode=0o711)
    server = Server(deep, throwaway=True)
    try:
        async with running(server, folder.with_suffix(".log")):
            assert server.sockets != deep / "run"
            assert server.sockets.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(server.sockets)


async def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    deep = folder / ("deep" * 20) / "postgres"
    deep.parent.mkdir(parents=True, mode=0o711)
    socket_folder(deep).mkdir()
    shutil.chown(socket_folder(deep), 65534) if os.geteuid() == 0 else pytest.skip(
        "only root gives away folders"
    )
    try:
        with pytest.raises(Refused, match="belongs to someone else"):
            await Server(deep).prepare()
    finally:
        socket_folder(deep).rmdir()


@only_root
def test_binaries_out_of_reach_are_copied(tmp_path: Path, folder: Path) -> None:
    package = embedded.package_folder()
    tmp_path.chmod(0o700)
    (tmp_path / package.name).symlink_to(package)
    (tmp_path / f"{package.name}.libs").symlink_to(package.with_name(f"{package.name}.libs"))
    account = account_for(folder)
    found = reachable_binaries(tmp_path / package.name, embedded.VERSION, account, folder)
    assert found.is_relative_to(folder)
    for binary in ("postgres", "initdb", "psql"):  # psql needs the libraries beside the package
        command = [str(found / binary), "--version"]
        done = subprocess.run(
            command, user=account.uid, group=account.gid, extra_groups=[], cwd="/", check=False
        )
        assert done.returncode == 0
    assert tmp_path.stat().st_mode & 0o777 == 0o700


PARENT = """
import signal, subprocess, sys
from forum.hosting.lifeline import tied
python, _, script, *arguments = tied(signal.SIGKILL, sys.argv[2:])
child = subprocess.Popen([python, "-c", sys.argv[1], script, *arguments])
print(child.pid, flush=True)
child.wait()
"""
ON_PLATFORM = "import runpy, sys; sys.platform = {!r}; runpy.run_path(sys.argv.pop(1), run_name='__main__')"


@pytest.mark.parametrize("platform", sorted({sys.platform, "elsewhere"}))
def test_a_command_ends_when_its_parent_is_killed(platform: str) -> None:
    command = [
        sys.executable,
        "-c",
        PARENT,
        ON_PLATFORM.format(platform),
        shutil.which("sleep") or "",
        "1000",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        eventually(lambda: any(p.name() == "sleep" for p in [child, *child.children()]))
        below = [child, *child.children()]
        parent.send_signal(signal.SIGKILL)
        _, left = psutil.wait_procs(below, 5)
        assert left == []
