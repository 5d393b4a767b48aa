"""Which forum a command means, and how it reaches the databases."""

import json
import uuid
from pathlib import Path

import asyncpg
import pytest

from forum.errors import Refused
from forum.hosting.installation import Installation

URLS = {
    f"{name}_DATABASE_URL": f"postgresql://db/{name.lower()}"
    for name in ("USERS", "TOPICS", "MESSAGES", "FORUM")
}


@pytest.fixture
def data(open_folder: Path) -> Path:
    """A data folder that does not exist yet."""
    return open_folder / uuid.uuid4().hex


def given(*names: str, **environment: str) -> Installation:
    return Installation({name: URLS[name] for name in names} | environment)


async def test_a_stopped_forum_is_brought_up_to_date_and_reached(data: Path) -> None:
    installation = Installation({"DATA_DIR": str(data), "TOPOLOGY": "monolith"})
    async with installation.reachable("forum import"):
        connection = await asyncpg.connect(installation.database_url("monolith"))
        assert await connection.fetchval("SELECT count(*) FROM users.users") == 0
        await connection.close()
        async with Installation({"DATA_DIR": str(data)}).reachable("forum doctor"):
            assert installation.server.processes()
        with pytest.raises(Refused, match="in use by forum import, process"), installation.folder.held():
            pass
    assert installation.folder.holder() is None
    assert installation.server.processes() == []


def test_the_topology_that_ran_last_is_meant(data: Path) -> None:
    with Installation({"DATA_DIR": str(data)}).folder.held(command="forum up", topology="monolith"):
        pass
    assert Installation({"DATA_DIR": str(data)}).topology == "monolith"
    assert Installation({"DATA_DIR": str(data), "TOPOLOGY": "split"}).topology == "split"


def test_a_new_folder_is_split(data: Path) -> None:
    assert Installation({"DATA_DIR": str(data)}).topology == "split"


def test_given_databases_are_used_and_nothing_is_embedded(data: Path) -> None:
    installation = given(
        "USERS_DATABASE_URL", "TOPICS_DATABASE_URL", "MESSAGES_DATABASE_URL", DATA_DIR=str(data)
    )
    assert not installation.is_embedded
    assert installation.environment("topics")["DATABASE_URL"] == "postgresql://db/topics"


def test_a_given_database_of_the_monolith_means_the_monolith(data: Path) -> None:
    assert given("FORUM_DATABASE_URL", DATA_DIR=str(data)).topology == "monolith"
    assert given(*URLS, DATA_DIR=str(data)).topology == "split"
    assert given(*URLS, DATA_DIR=str(data), TOPOLOGY="monolith").database_url("monolith").endswith("/forum")


def test_services_beside_an_embedded_monolith_do_not_matter_to_given_databases(data: Path) -> None:
    with Installation({"DATA_DIR": str(data)}).folder.held(command="forum up", topology="monolith"):
        Installation({"DATA_DIR": str(data)}).folder.beside.touch()
    assert set(Installation({"DATA_DIR": str(data)}).databases) == {"monolith", "users", "topics", "messages"}
    installation = given("FORUM_DATABASE_URL", DATA_DIR=str(data))
    assert installation.homes("users") == [URLS["FORUM_DATABASE_URL"]]


def test_a_password_stands_beside_its_url(data: Path) -> None:
    urls = {
        "USERS_DATABASE_URL": "postgresql://users@db:5432/users",
        "TOPICS_DATABASE_URL": "postgresql://topics:own@db/topics",
        "MESSAGES_DATABASE_URL": "postgresql://messages@/messages?host=/run/postgresql",
    }
    given = Installation(
        urls
        | {"USERS_PASSWORD": "a:b/c@d?", "TOPICS_PASSWORD": "unused", "MESSAGES_PASSWORD": "e"}
        | {"DATA_DIR": str(data)}
    )
    assert given.database_url("users") == "postgresql://users:a%3Ab%2Fc%40d%3F@db:5432/users"
    assert given.database_url("topics") == "postgresql://topics:own@db/topics"
    assert given.database_url("messages") == "postgresql://messages:e@/messages?host=/run/postgresql"


def test_some_given_databases_are_too_few(data: Path) -> None:
    with pytest.raises(Refused, match="TOPICS_DATABASE_URL and MESSAGES_DATABASE_URL must be set too"):
        given("USERS_DATABASE_URL", DATA_DIR=str(data))


def test_secrets_are_made_once(data: Path) -> None:
    data.mkdir()
    made = Installation({"DATA_DIR": str(data)}).environment("topics")
    again = Installation({"DATA_DIR": str(data)}).environment("topics")
    assert made == again
    assert len(made["SECRET_KEY"]) >= 32
    other = Installation({"DATA_DIR": str(data)}).environment("messages")
    assert made["CALLER_KEY"] != other["CALLER_KEY"]
    assert made["CALLER_KEY"] in other["CALLER_KEYS"]


def test_a_caller_that_is_new_gets_a_key_and_what_was_made_stays(data: Path) -> None:
    data.mkdir()
    before = Installation({"DATA_DIR": str(data)}).environment("topics")
    kept = json.loads((data / "secrets.json").read_text())
    del kept["callers"]["web"]
    (data / "secrets.json").write_text(json.dumps(kept))
    web = Installation({"DATA_DIR": str(data)}).environment("web")
    after = Installation({"DATA_DIR": str(data)}).environment("topics")
    assert json.loads(after["CALLER_KEYS"])["web"] == web["CALLER_KEY"]
    assert (after["SECRET_KEY"], after["CALLER_KEY"]) == (before["SECRET_KEY"], before["CALLER_KEY"])


def test_given_secrets_are_left_alone(data: Path) -> None:
    secret = uuid.uuid4().hex
    installation = given("FORUM_DATABASE_URL", DATA_DIR=str(data), SECRET_KEY=secret)
    assert installation.environment("monolith")["SECRET_KEY"] == secret
    assert not data.exists()
