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
from forum.hosting.installation import DATABASES, Installation

FORUM = str(Path(sys.executable).with_name("forum"))
ALICE = "01890000-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
async def environment(open_folder: Path) -> AsyncIterator[dict[str, str]]:
    """What the command is given for an empty forum in both deployments."""
    server = Server(open_folder / "server-of-cutover", throwaway=True)
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    async with (
        running(server, open_folder / "server-of-cutover.log"),
        await asyncio.start_server(answer_nothing, "127.0.0.1") as stand_in,
    ):
        names = [name for databases in DATABASES.values() for name in databases.values()]
        await server.ensure_databases(names)
        for topology, databases in DATABASES.items():
            urls = {
                f"{name.upper()}_DATABASE_URL": server.url(name, role=name) for name in databases.values()
            }
            installation = Installation({**inherited, **urls, "TOPOLOGY": topology})
            await installation.run_each("migrate")
        address = f"http://127.0.0.1:{stand_in.sockets[0].getsockname()[1]}"
        peers = {f"{name}_PEER": address for name in ("MONOLITH", "USERS", "TOPICS", "MESSAGES")}
        shares = {"SHARES": str(open_folder / "shares.json")}
        yield inherited | peers | shares | {"ADMINISTRATOR_URL": server.url("postgres")}


async def cutover(environment: dict[str, str], *arguments: str) -> tuple[int | None, str]:
    """The command's exit status and what it says on standard output."""
    process = await asyncio.create_subprocess_exec(
        *(FORUM, "cutover", *arguments),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaint = await process.communicate()
    return process.returncode, said.decode() + (complaint.decode() if process.returncode else "")


async def test_a_service_goes_there_and_back_by_commands(environment: dict[str, str]) -> None:
    administrator = environment["ADMINISTRATOR_URL"]
    monolith = await asyncpg.connect(administrator.replace("/postgres?", "/forum?"))
    await monolith.execute(NEW["users"], ALICE, "alice")

    code, said = await cutover(environment, "plan")
    assert (code, "users: with the monolith — next: forum cutover copy users" in said) == (0, True), said
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

    code, said = await cutover(environment, "shift", "users")
    assert (code, "Writes waited " in said, "users is with its service now" in said) == (0, True, True), said
    code, said = await cutover(environment, "plan")
    assert (code, "users: the monolith follows" in said) == (0, True), said
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await monolith.execute("UPDATE users.users SET bio = 'x'")
    code, said = await cutover(environment, "finish", "--yes")
    assert (code, "topics is not shifted: forum cutover shift topics comes first" in said) == (1, True), said
    code, said = await cutover(environment, "rollback", "users")
    assert (code, "users is with the monolith again" in said) == (0, True), said
    await monolith.execute("UPDATE users.users SET bio = 'x'")
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
    environment: dict[str, str], tmp_path: Path
) -> None:
    lacking = {name: text for name, text in environment.items() if name != "TOPICS_PEER"}
    code, said = await cutover(lacking | {"DATA_DIR": str(tmp_path)}, "status")
    assert (code, said.startswith("forum: nobody knows where topics answers: set TOPICS_PEER")) == (1, True)
