"""`forum cutover` on a server of its own, as people run it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from two_sides import NEW, answer_nothing

from forum.hosting.embedded import Server, running
from forum.hosting.installation import DATABASES, Installation, with_password
from forum.hosting.roles import ensure_databases

FORUM = str(Path(sys.executable).with_name("forum"))
ALICE = "01890000-0000-7000-8000-000000000001"
PASSWORD = "s3cret: /@?%"  # noqa: S105
ASKS_FOR_PASSWORDS = "local all postgres trust\nlocal all all scram-sha-256\n"


@pytest.fixture(scope="module")
async def environment(open_folder: Path) -> AsyncIterator[dict[str, str]]:
    """What the command is given for an empty forum in both deployments, on a server whose administrator is no
    superuser, as AWS's are."""
    folder = open_folder / "server-of-cutover"
    server = Server(folder, throwaway=True)
    await server.prepare()
    (server.data / "pg_hba.conf").write_text(ASKS_FOR_PASSWORDS)
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    async with (
        running(server, folder.with_suffix(".log")),
        await asyncio.start_server(answer_nothing, "127.0.0.1") as stand_in,
    ):
        await make_manager(server)
        names = [name for databases in DATABASES.values() for name in databases.values()]
        connection = await asyncpg.connect(with_password(server.url("postgres", "manager"), PASSWORD))
        await ensure_databases(connection, dict.fromkeys(names, PASSWORD))
        await connection.close()
        urls = {
            f"{name.upper()}_DATABASE_URL": with_password(server.url(name, role=name), PASSWORD)
            for name in names
        }
        for topology in DATABASES:
            await Installation({**inherited, **urls, "TOPOLOGY": topology}).run_each("migrate")
        address = f"http://127.0.0.1:{stand_in.sockets[0].getsockname()[1]}"
        peers = {f"{name}_PEER": address for name in ("MONOLITH", "USERS", "TOPICS", "MESSAGES")}
        kept = {"SHARES": str(open_folder / "shares.json"), "DATA_DIR": str(open_folder / "nothing")}
        administrator = {"PGHOST": str(server.sockets), "PGUSER": "manager", "PGPASSWORD": PASSWORD}
        yield inherited | peers | kept | urls | administrator


async def make_manager(server: Server) -> None:
    """Who makes roles and databases, and has what a move needs besides."""
    statements = {
        "postgres": [
            f"CREATE ROLE manager LOGIN CREATEROLE CREATEDB REPLICATION PASSWORD '{PASSWORD}'",
            "GRANT pg_create_subscription, pg_monitor TO manager",
        ],
        "template1": ["GRANT EXECUTE ON FUNCTION pg_replication_origin_advance TO manager"],
    }
    for database, all_of_it in statements.items():
        connection = await asyncpg.connect(server.url(database))
        for statement in all_of_it:
            await connection.execute(statement)
        await connection.close()


def reached(environment: dict[str, str], database: str) -> str:
    """The URL of a database, as the administrator."""
    found = Installation(environment).administrator_url(database)
    assert found
    return found


async def with_another_password(server: str) -> str:
    """The administrator's, from now on; what has connected by the one before has to connect again."""
    superuser = await asyncpg.connect(host=server, user="postgres", database="postgres")
    await superuser.execute("ALTER ROLE manager PASSWORD 'another'")
    await superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    await superuser.close()
    return "another"


async def cutover(environment: dict[str, str], *arguments: str) -> tuple[int | None, str]:
    """The command's exit status and what it says."""
    return await forum(environment, "cutover", *arguments)


async def forum(environment: dict[str, str], *arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(FORUM, *arguments),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaint = await process.communicate()
    return process.returncode, said.decode() + (complaint.decode() if process.returncode else "")


async def test_a_service_goes_there_and_back_by_commands(environment: dict[str, str]) -> None:
    monolith = await asyncpg.connect(reached(environment, "forum"))
    await monolith.execute(NEW["users"], ALICE, "alice")

    code, said = await cutover(environment, "plan")
    assert (code, "users: with the monolith — next: forum cutover copy users" in said) == (0, True), said
    code, said = await cutover(environment, "status", "--only", "monolith")
    assert code == 0, said
    code, said = await cutover(environment, "status", "--only", "services")
    assert (code, "users and topics and messages are not with the services alone" in said) == (1, True), said
    code, said = await cutover(environment, "shift", "users")
    assert (code, "users is not copied" in said) == (1, True), said
    code, said = await cutover(environment, "copy", "users")
    assert (code, said) == (
        0,
        "users is copied; rows equal on both sides: 1. The copy follows the monolith.\n"
        "Next: forum cutover shift users\n",
    )
    code, said = await cutover(environment, "shift", "users", "--reads", "10")
    assert (code, "sends 10 % of the requests of users" in said) == (0, True), said
    code, said = await cutover(environment, "status")
    assert "users: with the monolith, copied to the service, which answers reads from its copy" in said
    assert "the service gets 10 %" in said
    code, said = await cutover(environment, "status", "--only", "monolith")
    assert (code, "forum: users are not with the monolith alone" in said) == (1, True), said

    code, said = await cutover(environment, "shift", "users")
    assert (code, "Writes waited " in said, "users is with its service now" in said) == (0, True, True), said
    code, said = await cutover(environment, "plan")
    assert (code, "users: the monolith follows" in said) == (0, True), said
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await monolith.execute("UPDATE users.users SET bio = 'x'")
    code, said = await cutover(environment, "finish", "--yes")
    assert (code, "topics is not shifted: forum cutover shift topics comes first" in said) == (1, True), said
    whole = environment | {"TOPOLOGY": "monolith", "PASSWORD": "long enough"}
    code, said = await forum(whole, "admin", "ada")
    assert (code, said) == (0, "ada is an administrator now (a new account).\n"), said
    environment = environment | {"PGPASSWORD": await with_another_password(environment["PGHOST"])}
    code, said = await cutover(environment, "rollback", "users")
    assert (code, "users is with the monolith again" in said) == (0, True), said
    await monolith.execute("UPDATE users.users SET bio = 'x'")
    assert await monolith.fetchval("SELECT role FROM users.users WHERE username = 'ada'") == "admin"
    code, said = await cutover(environment, "rollback", "users")
    assert (code, "The copy of users is removed" in said) == (0, True), said
    await monolith.close()


@pytest.mark.parametrize(
    "command", [("copy", "users"), ("shift", "topics"), ("rollback", "users"), ("finish",)]
)
async def test_a_dry_run_says_the_steps_and_reaches_for_nothing(command: tuple[str, ...]) -> None:
    nowhere = {"PATH": os.environ["PATH"], "ADMINISTRATOR_URL": "postgresql://127.0.0.1:1/postgres"}
    code, said = await cutover(nowhere, *command, "--dry-run")
    assert (code, said[:3]) == (0, "1. "), said


async def test_who_does_not_say_where_the_sides_answer_is_told_what_to_set(
    environment: dict[str, str],
) -> None:
    lacking = {name: text for name, text in environment.items() if name != "TOPICS_PEER"}
    code, said = await cutover(lacking, "status")
    assert (code, said.startswith("forum: nobody knows where topics answers: set TOPICS_PEER")) == (1, True)


async def test_what_is_on_its_way_is_waited_for(environment: dict[str, str]) -> None:
    for side in ("FORUM", "USERS"):
        connection = await asyncpg.connect(environment[f"{side}_DATABASE_URL"])
        await connection.execute("UPDATE users.ownership SET state = 'elsewhere', peer = 'http://other'")
        await connection.close()
    whole = environment | {"TOPOLOGY": "monolith", "PASSWORD": "long enough"}
    code, said = await forum(whole, "admin", "bob")
    assert (code, said) == (
        1,
        "forum: this forum's users are on their way: see forum cutover status, and run this again\n",
    )


async def test_who_does_not_say_who_administers_the_server_is_told_what_to_set(
    environment: dict[str, str],
) -> None:
    lacking = {name: text for name, text in environment.items() if not name.startswith("PG")}
    code, said = await cutover(lacking, "status")
    assert code == 1
    assert said.startswith("forum: ADMINISTRATOR_URL must be set, or PGHOST, PGUSER and PGPASSWORD")
