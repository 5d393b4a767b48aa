"""`forum admin` and `forum password` take the password from PASSWORD, or from standard input."""

import subprocess
import sys
from pathlib import Path

import pytest
from empty_forum import EmptyForum, OpenForum

from chassis.database import sql
from users.passwords import Passwords

FORUM = str(Path(sys.executable).with_name("forum"))
KEPT = sql("SELECT role, password_hash FROM users.users WHERE username = :name")


async def can_log_in(forum: EmptyForum, name: str, password: str) -> bool:
    row = await forum.stores.users.one(KEPT, name=name)
    assert row is not None
    return await Passwords().match(row["password_hash"], password)


def command(
    forum: EmptyForum, *arguments: str, said: str = "", chosen: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FORUM, *arguments],
        env=forum.environment | ({} if chosen is None else {"PASSWORD": chosen}),
        input=said,
        capture_output=True,
        text=True,
    )


async def test_the_password_is_that_of_the_environment(empty_forum: OpenForum) -> None:
    async with empty_forum() as forum:
        assert command(forum, "admin", "ada", said="not this one", chosen="correct horse").returncode == 0
        assert await can_log_in(forum, "ada", "correct horse")
        assert command(forum, "password", "ada", chosen="battery staple").returncode == 0
        assert await can_log_in(forum, "ada", "battery staple")


@pytest.mark.parametrize("chosen", [None, ""])
async def test_else_it_is_read(empty_forum: OpenForum, chosen: str | None) -> None:
    async with empty_forum() as forum:
        done = command(forum, "admin", "ada", said="correct horse\n", chosen=chosen)
        assert (done.returncode, done.stdout) == (0, "ada is an administrator now (a new account).\n")
        assert await can_log_in(forum, "ada", "correct horse")


async def test_a_password_that_is_none_is_refused(empty_forum: OpenForum) -> None:
    async with empty_forum() as forum:
        done = command(forum, "admin", "ada", chosen="short")
    assert done.returncode == 1
    assert done.stderr.startswith("forum: ")
