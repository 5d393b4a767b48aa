"""From a clone to a running forum and back, by the scripts of `ecs/`, as a monolith and split."""

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
from compose.project import DidNotWork, docker
from ecs.checkout import ROOT, Checkout
from ecs.emulator import Emulator
from ecs.installation import Installation
from forum_client import Forum, accepted, eventually, unique
from forum_client.load import Load

pytestmark = pytest.mark.requires("docker")

LOG = logging.getLogger(__name__)
APPS = {"monolith": ["monolith"], "split": ["users", "topics", "messages", "web"]}
RELEASED = {"monolith": "monolith", "split": "topics"}  # the one whose releases are tried
SHOWN = {"monolith": "monolith", "split": "web"}  # the one that makes pages
ADMINISTRATOR = "ada-the-first"
# Without `--contract all` those whose answers the load balancer passes on piece by piece, and by the client's
# address.
CONTRACT = {
    "some": [f"tests/contract/test_{part}.py" for part in ("sessions", "stream")],
    "all": ["tests/contract"],
}
BEFORE_IT_SERVES = 120.0  # seconds a task may take on a busy machine


@pytest.fixture(scope="module", params=APPS)
def installation(
    request: pytest.FixtureRequest, emulator: Emulator, checkout: Checkout
) -> Iterator[Installation]:
    """The forum, pushed, deployed and with an administrator; in the end nothing of it. It is called after its
    topology."""
    topology: str = request.param
    with Installation(emulator, topology, checkout.folder) as installation:
        installation.does("push", *APPS[topology], "forum")
        installation.does("deploy", topology)
        installation.does("run", "forum", "admin", ADMINISTRATOR)
        yield installation
        installation.does("destroy", "--with-data", typed=topology)
        assert [installation.tasks(app) for app in APPS[topology]] == [[] for _ in APPS[topology]]
        assert installation.left() == [f"{topology}-server"]


@pytest.fixture
def deployed(installation: Installation) -> Iterator[Forum]:
    with closing(Forum(installation.url, installation.name)) as forum:
        yield forum


def test_the_contract_holds_through_the_load_balancer(
    installation: Installation, request: pytest.FixtureRequest
) -> None:
    named = f"{installation.name}/administrator-password"
    password = installation.aws("secretsmanager", "get-secret-value", "--secret-id", named)["SecretString"]
    given = {"FORUM_URL": installation.url, "FORUM_ADMIN": f"{ADMINISTRATOR}:{password}"}
    parts = CONTRACT[request.config.getoption("--contract")]
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", *parts]
    run = subprocess.run(
        command, cwd=ROOT, env=installation.environment | given, capture_output=True, text=True
    )
    LOG.info("%s", run.stdout[-8000:])
    assert run.returncode == 0, run.stdout[-8000:]


def test_what_is_pushed_is_not_pushed_again(installation: Installation) -> None:
    installation.watch.calls.clear()
    apps = [*APPS[installation.name], "forum"]
    said = installation.does("push", *apps)
    assert said.count("@sha256:") == len(apps)
    assert "ecr:GetAuthorizationToken" not in {call.operation for call in installation.watch.calls}


def test_a_tag_is_never_given_to_another_image(installation: Installation) -> None:
    commit, app = installation.commit(), RELEASED[installation.name]
    registry = installation.does("push", app).split()[-1].rpartition(f"/{app}@")[0]
    docker("tag", f"{registry}/forum:{commit}", f"{registry}/{app}:{commit}")
    with pytest.raises(DidNotWork, match="immutable"):
        docker("push", f"{registry}/{app}:{commit}")


def test_a_second_deployment_changes_nothing(installation: Installation) -> None:
    before = [installation.tasks(app) for app in APPS[installation.name]]
    said = installation.does("deploy", installation.name)
    assert "new" not in said.partition("Monthly cost")[0]
    assert [installation.tasks(app) for app in APPS[installation.name]] == before


def test_everything_is_in_order(installation: Installation) -> None:
    assert "Everything is in order." in installation.does("run", "forum", "doctor")
    status = installation.does("status")
    assert not re.search("^!", status, re.MULTILINE)


def test_a_share_is_given_to_a_side_that_runs_and_to_no_other(installation: Installation) -> None:
    all_of_it, none_there = {"monolith": ("0", "users"), "split": ("100", "monolith")}[installation.name]
    assert f"services have: users {all_of_it} %" in installation.does("route", "users", all_of_it)
    refused = installation.run("route", "users", "50")
    assert refused.status == 1
    assert f"{none_there} would answer requests, and has no healthy target" in refused.text


def test_a_request_is_found_in_the_logs_by_its_id(installation: Installation, deployed: Forum) -> None:
    request = deployed.get("/api/topics").headers["X-Request-ID"]
    app = RELEASED[installation.name]

    def logged() -> None:
        found = installation.does("logs", app, "--request", request, "--since", "10m").splitlines()
        assert found
        assert all(line.startswith(f"{app} ") and request in line for line in found)

    eventually(logged, within=30)


def test_nobody_who_writes_notices_a_new_deployment(installation: Installation, deployed: Forum) -> None:
    people = [deployed.register("writer") for _ in range(3)]
    tag = unique("load")
    topics = [person.starts_topic(tags=[tag]) for person in people]
    app = RELEASED[installation.name]
    before = installation.tasks(app)
    with Load(deployed, people, topics, unique("other")) as load:
        service = ["--cluster", installation.name, "--service", app]
        installation.aws("ecs", "update-service", *service, "--force-new-deployment")

        def replaced() -> None:
            now = installation.tasks(app)
            assert len(now) == 1
            assert now != before

        eventually(replaced, within=BEFORE_IT_SERVES)
    load.check()
    assert len(load.writings) > 20
    assert all(writing.told is not None and writing.sent == 1 for writing in load.writings)


def test_a_broken_revision_is_taken_back_and_told_of(
    installation: Installation, checkout: Checkout, deployed: Forum
) -> None:
    app = RELEASED[installation.name]
    dockerfile = checkout.folder / "Dockerfile"
    whole = dockerfile.read_text()
    served = f'CMD ["python", "-m", "{app}", "serve"]'
    assert served in whole
    dockerfile.write_text(whole.replace(served, 'CMD ["python", "-c", "raise SystemExit(3)"]'))
    checkout.commit("A revision that does not start")
    try:
        installation.does("push", app)
        said = installation.run("deploy", installation.name, "--service", app)
    finally:
        dockerfile.write_text(whole)
        checkout.git("reset", "--quiet", "--hard", "HEAD~")
    assert said.status == 1, said.text
    assert "exit code 3" in said.text
    assert "its stack is put back" in said.text
    accepted(deployed.get("/api/topics"))
    status = eventually(lambda: settled(installation), within=BEFORE_IT_SERVES)
    assert status.count("(good), 1 of 1") == len(APPS[installation.name])


def settled(installation: Installation) -> str:
    said = installation.run("status")
    assert said.status == 0, said.text
    return said.text


def test_the_release_before_comes_back(installation: Installation, deployed: Forum) -> None:
    first, app = title(deployed), SHOWN[installation.name]
    installation.does("deploy", installation.name, "--service", app, SITE_NAME="Another")
    assert title(deployed) != first
    installation.does("rollback", "--service", app)
    assert title(deployed) == first


def title(deployed: Forum) -> str:
    found = re.search("<title>(.*)</title>", deployed.get("/").text)
    assert found
    return found[1]


def test_what_is_taken_down_keeps_its_data_unless_told(installation: Installation, deployed: Forum) -> None:
    topic = deployed.register("ada").starts_topic("Kept")
    refused = installation.run("destroy", typed="another")
    assert refused.status != 0
    accepted(deployed.get("/api/topics"))
    assert "What is left" in installation.does("destroy", typed=installation.name)
    assert [installation.tasks(app) for app in APPS[installation.name]] == [
        [] for _ in APPS[installation.name]
    ]
    installation.does("deploy", installation.name)
    assert deployed.topic(topic)["title"] == "Kept"
