"""Services beside the monolith of a forum that runs, as a cutover wants them."""

import asyncio
import uuid
from pathlib import Path

import asyncpg
import httpx
import pytest
from launched import Launched, eventually, launched

from forum.errors import Refused
from forum.hosting.beside import check_services, have_services
from forum.hosting.embedded import running
from forum.hosting.installation import DATABASES, Installation

SERVICES = ["users", "topics", "messages", "web"]


def installation(data: Path) -> Installation:
    return Installation({"DATA_DIR": str(data)})


def answers(data: Path, app: str) -> bool:
    """Whether that app is ready, where the forum says that it is."""
    url = installation(data).folder.described()["private"][app]
    try:
        return httpx.get(f"{url}/health/ready", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


async def told(data: Path, app: str, statement: str) -> list[asyncpg.Record]:
    """Rows of the database of an app, as the role that owns it."""
    connection = await asyncpg.connect(installation(data).database_url(app))
    try:
        rows: list[asyncpg.Record] = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


def test_services_start_beside_a_monolith_that_goes_on(open_folder: Path) -> None:
    data = open_folder / uuid.uuid4().hex
    with launched(data, topology="monolith") as forum:
        monolith = forum.process_of("-m", "monolith", "serve")
        assert not any(answers(data, app) for app in SERVICES)
        asyncio.run(have_services(installation(data)))
        assert all(answers(data, app) for app in SERVICES[:3])
        assert forum.process_of("-m", "monolith", "serve") == monolith
        assert httpx.get(f"http://127.0.0.1:{forum.port}/api/tags", trust_env=False).is_success
        peer = "UPDATE users.ownership SET peer = 'http://where-it-was', state = '{}'"
        asyncio.run(told(data, "monolith", peer.format("here")))
        asyncio.run(told(data, "users", peer.format("elsewhere")))
    with launched(data, topology="monolith"):
        eventually(lambda: all(answers(data, app) for app in SERVICES), 60)
        public = installation(data).folder.described()["public"]
        for app, other in (("monolith", "users"), ("users", "monolith")):
            [row] = asyncio.run(told(data, app, "SELECT peer FROM users.ownership"))
            assert row["peer"] == public[other]
        asyncio.run(told(data, "users", "UPDATE users.ownership SET state = 'elsewhere'"))
    refused = Launched(data, topology="split")
    assert refused.process.wait(60) == 1
    assert "a cutover is under way: start it with TOPOLOGY=monolith" in refused.said()


async def test_services_are_wanted_beside_a_monolith_only(open_folder: Path) -> None:
    data = open_folder / uuid.uuid4().hex
    with pytest.raises(Refused, match="no monolith runs"):
        await have_services(installation(data))
    assert not installation(data).folder.beside.exists()
    assert set(DATABASES["split"]) == set(SERVICES[:3])


async def test_a_forum_that_only_starts_is_waited_for(open_folder: Path) -> None:
    data = open_folder / uuid.uuid4().hex
    starting = Installation({"DATA_DIR": str(data), "TOPOLOGY": "monolith"})
    with starting.folder.held(command="forum up", topology="monolith"):
        await starting.server.prepare()
        async with running(starting.server, starting.folder.log("postgres")):
            with pytest.raises(Refused, match="database does not answer now"):
                await check_services(installation(data))
            await starting.server.ensure_databases(starting.databases.values())
            with pytest.raises(Refused, match="users have no tables yet: try again in a moment"):
                await check_services(installation(data))


async def test_who_asks_for_services_that_are_not_beside_is_told_what_there_is(open_folder: Path) -> None:
    data = open_folder / uuid.uuid4().hex
    with pytest.raises(Refused, match=r"no forum runs in .*: start it with make run"):
        await check_services(installation(data))
    with launched(data, topology="monolith"):
        with pytest.raises(Refused, match="forum cutover copy users starts them"):
            await check_services(installation(data))
        await told(data, "monolith", "UPDATE topics.ownership SET state = 'elsewhere', peer = 'http://there'")
        for ask in (check_services, have_services):
            with pytest.raises(Refused, match="runs as services now: start it with TOPOLOGY=split"):
                await ask(installation(data))
        assert not installation(data).folder.beside.exists()
    with launched(data, topology="split"), pytest.raises(Refused, match="there is nothing to move"):
        await check_services(installation(data))
