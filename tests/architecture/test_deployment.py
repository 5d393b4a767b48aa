"""Images, compose, rules and settings agree: names, ports, commands, users, times."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from architecture.deployed import BUILT, COMPOSE, DOCKERFILE, PORT, ROUTERS, USER, secret_files
from architecture.projects import SERVICES, SETTINGS

from chassis.serve import KEEP_ALIVE_SECONDS
from router.rules import PACKAGED, load
from router.settings import Settings as RouterSettings
from router.shares import MONOLITH

FreshDatabase = Callable[..., Awaitable[str]]


@pytest.mark.parametrize("application", SETTINGS)
def test_compose_sets_only_what_an_application_takes(application: str) -> None:
    taken = {name.upper() for name in SETTINGS[application].model_fields}
    for step in (application, f"migrate-{application}"):
        assert set(COMPOSE.get(step, {}).get("environment", {})) <= taken


@pytest.mark.parametrize("application", [*SERVICES, "web", "monolith"])
def test_an_application_is_given_all_that_has_no_default(application: str) -> None:
    settings = SETTINGS[application]
    secrets = set(secret_files(application))
    given = {name.lower() for name in COMPOSE[application].get("environment", {})} | secrets
    assert {name for name, field in settings.model_fields.items() if field.is_required()} <= given
    assert secrets <= set(settings.model_fields), "a secret that nobody reads"


def test_peers_are_reached_on_their_private_ports() -> None:
    for application in SERVICES:
        for name, url in COMPOSE[application].get("environment", {}).items():
            peer = urlsplit(url)
            assert peer.hostname == name.removesuffix("_URL").lower()
            assert peer.port == SETTINGS[str(peer.hostname)].model_fields["private_port"].default


@pytest.mark.parametrize("router", ROUTERS)
def test_the_router_sends_each_target_group_to_the_port_of_its_image(router: str) -> None:
    targets = json.loads(COMPOSE[router]["build"]["args"]["TARGETS"])
    assert set(targets) - {MONOLITH} == set(load(PACKAGED).groups())
    for addresses in targets.values():
        for address in addresses:
            host, _, port = address.partition(":")
            assert host in BUILT
            assert int(port) == PORT


@pytest.mark.parametrize("name", BUILT)
def test_every_image_is_a_stage_of_the_dockerfile(name: str) -> None:
    stages = re.findall(r"^FROM .+ AS (\w+)$", DOCKERFILE, re.M)
    assert BUILT[name]["build"]["args"]["APP"] in stages


@pytest.mark.parametrize("application", SETTINGS)
def test_what_runs_is_what_its_image_is_of(application: str) -> None:
    stage = DOCKERFILE.split(f"\nFROM application AS {application}\n")[1]
    assert stage.startswith(f'CMD ["python", "-m", "{application}", "serve"]\n')
    step = COMPOSE.get(f"migrate-{application}")
    assert step is None or step["command"] == ["python", "-m", application, "migrate"]
    assert step is None or step["image"] == COMPOSE[application]["image"]


@pytest.mark.parametrize("application", [*SERVICES, "monolith"])
async def test_work_on_a_database_needs_to_know_nothing_else(
    application: str, fresh_database: FreshDatabase
) -> None:
    environment = {"DATABASE_URL": await fresh_database()}
    for command in ("migrate", "migrate", "restored"):
        arguments = ["-m", application, command]
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment)
        assert await process.wait() == 0, command


@pytest.mark.parametrize("name", BUILT)
def test_everything_of_ours_runs_as_the_user_of_its_image(name: str) -> None:
    assert COMPOSE[name]["user"] == USER


@pytest.mark.parametrize("application", SETTINGS)
def test_a_container_is_given_longer_to_end_than_its_application_takes(application: str) -> None:
    fields = SETTINGS[application].model_fields
    needed = fields["drain_seconds"].default + fields["shutdown_seconds"].default
    assert int(COMPOSE[application]["stop_grace_period"].removesuffix("s")) >= needed + 10


def test_connections_are_kept_longer_than_any_router_leaves_them_idle() -> None:
    alb_idle_timeout = 60  # AWS's default; a service that closes first makes its answers 502
    assert max(alb_idle_timeout, RouterSettings().idle_timeout) + 10 <= KEEP_ALIVE_SECONDS
