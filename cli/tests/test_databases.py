"""`forum databases` makes what a server lacks, for each role its own database, and does nothing twice."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from forum.hosting.embedded import Server, running

FORUM = str(Path(sys.executable).with_name("forum"))
ROLES = ("users", "topics", "messages", "forum")
PASSWORDS = {f"{role.upper()}_PASSWORD": f"it's {role}'s \"own\"\\ $1; --" for role in ROLES}
# As on Amazon RDS: who may make roles and databases, and is no superuser.
MANAGER = "CREATE ROLE manager LOGIN CREATEROLE CREATEDB PASSWORD 'manager'"
ASKS_FOR_PASSWORDS = "local all postgres trust\nlocal all all scram-sha-256\n"


@pytest.fixture(scope="module", params=["postgres", "manager"])
async def server(request: pytest.FixtureRequest, open_folder: Path) -> AsyncIterator[dict[str, str]]:
    """How its administrator reaches an empty server that asks roles for their passwords."""
    server = Server(open_folder / f"server-of-{request.param}", throwaway=True)
    await server.prepare()
    (server.data / "pg_hba.conf").write_text(ASKS_FOR_PASSWORDS)
    async with running(server, open_folder / f"server-of-{request.param}.log"):
        connection = await asyncpg.connect(server.url("postgres"))
        if request.param == "manager":
            await connection.execute(MANAGER)
        await connection.close()
        (folder,) = parse_qs(urlsplit(server.url("postgres")).query)["host"]
        yield {"PGHOST": folder, "PGUSER": request.param, "PGPASSWORD": request.param}


async def forum_databases(environment: dict[str, str]) -> tuple[int | None, str]:
    """The command's exit status and what it says."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    process = await asyncio.create_subprocess_exec(
        FORUM,
        "databases",
        env=inherited | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def connected(server: dict[str, str], role: str, database: str, password: str) -> asyncpg.Connection:
    return await asyncpg.connect(host=server["PGHOST"], user=role, database=database, password=password)


async def reached(server: dict[str, str], role: str, password: str) -> list[str]:
    """The databases that a role comes into."""
    into = []
    for database in ROLES:
        with suppress(asyncpg.InsufficientPrivilegeError):
            connection = await connected(server, role, database, password)
            into.append(database)
            await connection.close()
    return into


async def test_each_role_reaches_its_own_database_with_its_own_password(server: dict[str, str]) -> None:
    assert await forum_databases(server | PASSWORDS) == (
        0,
        "The databases users, topics, messages, forum are there, each with a role of its name.\n",
    )
    for role in ROLES:
        assert await reached(server, role, PASSWORDS[f"{role.upper()}_PASSWORD"]) == [role]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await connected(server, role, role, "another")
        connection = await connected(server, role, role, PASSWORDS[f"{role.upper()}_PASSWORD"])
        await connection.execute("CREATE SCHEMA own; CREATE TABLE own.things (id int)")
        await connection.close()


async def test_a_second_time_changes_nothing_but_passwords(server: dict[str, str]) -> None:
    assert (await forum_databases(server | PASSWORDS))[0] == 0
    connection = await connected(server, "users", "users", PASSWORDS["USERS_PASSWORD"])
    await connection.execute("CREATE TABLE IF NOT EXISTS public.kept AS SELECT 1 AS one")
    await connection.close()
    assert (await forum_databases(server | PASSWORDS | {"USERS_PASSWORD": "new"}))[0] == 0
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connected(server, "users", "users", PASSWORDS["USERS_PASSWORD"])
    connection = await connected(server, "users", "users", "new")
    assert await connection.fetchval("SELECT one FROM public.kept") == 1
    await connection.close()
    assert await reached(server, "topics", PASSWORDS["TOPICS_PASSWORD"]) == ["topics"]


async def test_two_at_once_do_not_stand_in_each_others_way(server: dict[str, str]) -> None:
    done = await asyncio.gather(*(forum_databases(server | PASSWORDS) for _ in range(2)))
    assert [code for code, _ in done] == [0, 0]


async def test_what_is_missing_is_named_and_nothing_is_made(server: dict[str, str]) -> None:
    given = server | {"USERS_PASSWORD": "a", "FORUM_PASSWORD": "b", "TOPICS_PASSWORD": ""}
    assert await forum_databases(given) == (
        1,
        "forum: TOPICS_PASSWORD and MESSAGES_PASSWORD must be set: each role has a password of its own\n",
    )


async def test_who_is_not_let_in_is_told_so(server: dict[str, str]) -> None:
    manager = server["PGUSER"] == "manager"
    wrong = {"PGPASSWORD": "wrong"} if manager else {"ADMINISTRATOR_URL": "postgresql://127.0.0.1:1/postgres"}
    code, said = await forum_databases(server | PASSWORDS | wrong)
    assert code == 1
    assert said.startswith("forum: the server does not let the administrator in: ")
    assert said.count("\n") == 1


async def test_who_may_not_make_roles_is_told_so(server: dict[str, str]) -> None:
    assert (await forum_databases(server | PASSWORDS))[0] == 0
    users = {"PGPASSWORD": PASSWORDS["USERS_PASSWORD"], "ADMINISTRATOR_URL": "postgresql://users@/users"}
    assert await forum_databases(server | PASSWORDS | users) == (
        1,
        "forum: the server refuses: permission denied to grant role "
        '"users"; the administrator needs CREATEROLE and CREATEDB\n',
    )
