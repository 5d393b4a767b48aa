"""On ECS an application is run as its image is made, and given what Compose gives it."""

import json
import os
import re
from unittest import mock
from urllib.parse import unquote, urlsplit

import pytest
from architecture.deployed import COMPOSE, DOCKERFILE, PORT, USER, environment, secret_files
from architecture.projects import ROOT, SERVICES, SETTINGS
from ecs.definitions import DATABASES, DEFINITIONS, VALUES, container
from pydantic_settings import BaseSettings

from forum.databases import NAMES
from forum.hosting.installation import DATABASES as OF_TOPOLOGY
from forum.hosting.installation import Installation
from forum.main import COMMANDS

applications = pytest.mark.parametrize("application", SETTINGS)
with_data = pytest.mark.parametrize("application", DATABASES)


def settings(application: str) -> BaseSettings:
    """What an application makes of the environment that ECS gives it."""
    with mock.patch.dict(os.environ, environment(application), clear=True):
        return SETTINGS[application]()


def own(names: set[str]) -> set[str]:
    """The settings among names of variables: asyncpg reads those of libpq by itself."""
    return {name.partition("__")[0] for name in names if not name.startswith("PG")}


@applications
def test_an_application_starts_with_what_it_is_given(application: str) -> None:
    given = settings(application)
    assert own(set(environment(application))) <= {name.upper() for name in type(given).model_fields}


@applications
def test_compose_and_ecs_give_the_same_settings(application: str) -> None:
    in_compose = set(COMPOSE[application].get("environment", {})) | {
        name.upper() for name in secret_files(application)
    }
    assert own(set(environment(application))) - {"SITE_NAME"} == in_compose


@pytest.mark.parametrize("application", SERVICES)
def test_compose_and_ecs_know_the_same_callers_and_peers(application: str) -> None:
    callers = json.loads(secret_files(application)["caller_keys"])
    given = settings(application).model_dump()
    assert given["caller_keys"] == {name: VALUES[f"SECRET_CALLER_{name.upper()}"] for name in callers}
    for name, url in COMPOSE[application].get("environment", {}).items():
        assert given[name.lower()] == url


@with_data
def test_an_application_and_its_migration_reach_their_own_database(application: str) -> None:
    database = DATABASES[application]
    for name in (application, f"migrate-{application}"):
        given = environment(name)
        assert given["DATABASE_URL"] == f"postgresql://{database}@{VALUES['DATABASE_HOST']}:5432/{database}"
        assert given["PGSSLMODE"] == "require"
    assert given["PGPASSWORD"] == f"{VALUES['SECRET_DATABASE']}:password::"
    secret = VALUES[f"SECRET_DATABASE_{database.upper()}"]
    assert environment(application)["PGPASSWORD"] == f"{secret}:password::"


@with_data
def test_a_migration_is_the_step_of_compose(application: str) -> None:
    assert (
        container(DEFINITIONS[f"migrate-{application}"])["command"]
        == (COMPOSE[f"migrate-{application}"]["command"])
    )


@applications
def test_an_application_is_run_as_its_image_says(application: str) -> None:
    found = container(DEFINITIONS[application])
    assert "command" not in found
    assert "entryPoint" not in found
    assert found["user"] == USER
    ports = {mapping["name"]: mapping["containerPort"] for mapping in found["portMappings"]}
    assert ports == {"public": PORT, "private": settings(application).model_dump()["private_port"]}


@applications
def test_its_health_check_is_that_of_its_image(application: str) -> None:
    options, command = re.findall(r"^HEALTHCHECK (--.*) \\\n\s*CMD (.*)$", DOCKERFILE, re.M)[0]
    seconds = {name: int(text) for name, text in re.findall(r"--([a-z-]+)=(\d+)s", options)}
    assert container(DEFINITIONS[application])["healthCheck"] == {
        "command": ["CMD", *json.loads(command)],
        "interval": seconds["interval"],
        "timeout": seconds["timeout"],
        "retries": 3,  # Docker's default
        "startPeriod": seconds["start-period"],
    }


@applications
def test_ecs_waits_longer_for_an_end_than_it_takes(application: str) -> None:
    given = settings(application).model_dump()
    assert container(DEFINITIONS[application])["stopTimeout"] >= (
        given["drain_seconds"] + given["shutdown_seconds"] + 10
    )


@pytest.mark.parametrize("name", DEFINITIONS)
def test_what_is_mounted_writable_is_a_volume_of_the_image(name: str) -> None:
    places = [mount["containerPath"] for mount in container(DEFINITIONS[name])["mountPoints"]]
    assert places == re.findall(r"^VOLUME (\S+)$", DOCKERFILE, re.M)


@pytest.mark.parametrize("topology", OF_TOPOLOGY)
def test_the_command_is_given_every_database_and_the_administrator(topology: str) -> None:
    given = environment("forum") | {"TOPOLOGY": topology}
    installation = Installation(given)
    assert not installation.is_embedded
    for app, database in installation.databases.items():
        secret = unquote(urlsplit(installation.database_url(app)).password or "")
        assert secret == f"{VALUES[f'SECRET_DATABASE_{database.upper()}']}:password::"
    assert all(installation.given(f"{name.upper()}_PASSWORD") for name in NAMES)
    assert {"PGHOST", "PGUSER", "PGPASSWORD", "PASSWORD", "API_URL"} <= set(given)
    assert "entryPoint" not in container(DEFINITIONS["forum"])


def test_the_readme_names_every_command() -> None:
    (row,) = re.findall(r"^\| `forum --help` \| (.*) \|$", (ROOT / "README.md").read_text(), re.M)
    assert re.findall(r"`(\w+)`", row) == list(COMMANDS)
