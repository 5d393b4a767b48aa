"""From a clone to a running monolith and back, by the scripts of `ecs/`."""

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

NAME = "monolith"
ADMINISTRATOR = "ada-the-first"
# Those whose answers the load balancer passes on piece by piece, and by the client's address.
CONTRACT = [f"tests/contract/test_{part}.py" for part in ("sessions", "stream")]
BEFORE_IT_SERVES = 120.0  # seconds a task may take on a busy machine


@pytest.fixture(scope="session")
def installation(emulator: Emulator, checkout: Checkout) -> Iterator[Installation]:
    """The forum, pushed, deployed and with an administrator; in the end nothing of it."""
    with Installation(emulator, NAME, checkout.folder) as installation:
        installation.does("push", "monolith", "forum")
        installation.does("deploy", "monolith")
        installation.does("run", "forum", "admin", ADMINISTRATOR)
        yield installation
        installation.does("destroy", "--with-data", typed=NAME)
        assert installation.tasks("monolith") == []
        left = [
            *(
                stack["StackName"]
                for stack in installation.aws("cloudformation", "describe-stacks")["Stacks"]
            ),
            *(
                kept["repositoryName"]
                for kept in installation.aws("ecr", "describe-repositories")["repositories"]
            ),
            *(kept["Name"] for kept in installation.aws("ssm", "describe-parameters")["Parameters"]),
            *(kept["Name"] for kept in installation.aws("secretsmanager", "list-secrets")["SecretList"]),
        ]
        assert [name for name in left if name.lstrip("/").startswith(f"{NAME}/")] == []
        assert [name for name in left if name.startswith(f"{NAME}-")] == [f"{NAME}-server"]


@pytest.fixture
def deployed(installation: Installation) -> Iterator[Forum]:
    with closing(Forum(installation.url, NAME)) as forum:
        yield forum


def test_the_contract_holds_through_the_load_balancer(installation: Installation) -> None:
    named = f"{NAME}/administrator-password"
    password = installation.aws("secretsmanager", "get-secret-value", "--secret-id", named)["SecretString"]
    given = {"FORUM_URL": installation.url, "FORUM_ADMIN": f"{ADMINISTRATOR}:{password}"}
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", *CONTRACT]
    run = subprocess.run(
        command, cwd=ROOT, env=installation.environment | given, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout[-8000:]


def test_what_is_pushed_is_not_pushed_again(installation: Installation) -> None:
    installation.watch.calls.clear()
    said = installation.does("push", "monolith", "forum")
    assert said.count("@sha256:") == 2
    assert "ecr:GetAuthorizationToken" not in installation.watch.calls


def test_a_tag_is_never_given_to_another_image(installation: Installation) -> None:
    commit = installation.commit()
    registry = installation.does("push", "monolith").split()[-1].rpartition("/monolith@")[0]
    docker("tag", f"{registry}/forum:{commit}", f"{registry}/monolith:{commit}")
    with pytest.raises(DidNotWork, match="immutable"):
        docker("push", f"{registry}/monolith:{commit}")


def test_a_second_deployment_changes_nothing(installation: Installation) -> None:
    before = installation.tasks("monolith")
    said = installation.does("deploy", "monolith")
    assert "new" not in said.partition("Monthly cost")[0]
    assert installation.tasks("monolith") == before


def test_everything_is_in_order(installation: Installation) -> None:
    assert "Everything is in order." in installation.does("run", "forum", "doctor")
    status = installation.does("status")
    assert not re.search("^!", status, re.MULTILINE)


def test_a_request_is_found_in_the_logs_by_its_id(installation: Installation, deployed: Forum) -> None:
    request = deployed.get("/api/topics").headers["X-Request-ID"]

    def logged() -> None:
        found = installation.does("logs", "monolith", "--request", request, "--since", "10m").splitlines()
        assert found
        assert all(line.startswith("monolith ") and request in line for line in found)

    eventually(logged, within=30)


def test_nobody_who_writes_notices_a_new_deployment(installation: Installation, deployed: Forum) -> None:
    people = [deployed.register("writer") for _ in range(3)]
    tag = unique("load")
    topics = [person.starts_topic(tags=[tag]) for person in people]
    before = installation.tasks("monolith")
    with Load(deployed, people, topics, unique("other")) as load:
        service = ["--cluster", NAME, "--service", "monolith"]
        installation.aws("ecs", "update-service", *service, "--force-new-deployment")

        def replaced() -> None:
            now = installation.tasks("monolith")
            assert len(now) == 1
            assert now != before

        eventually(replaced, within=BEFORE_IT_SERVES)
    load.check()
    assert len(load.writings) > 20
    assert all(writing.told is not None and writing.sent == 1 for writing in load.writings)


def test_a_broken_revision_is_taken_back_and_told_of(
    installation: Installation, checkout: Checkout, deployed: Forum
) -> None:
    dockerfile = checkout.folder / "Dockerfile"
    whole = dockerfile.read_text()
    served = 'CMD ["python", "-m", "monolith", "serve"]'
    assert served in whole
    dockerfile.write_text(whole.replace(served, 'CMD ["python", "-c", "raise SystemExit(3)"]'))
    checkout.commit("A revision that does not start")
    try:
        installation.does("push", "monolith")
        said = installation.run("deploy", "monolith", "--service", "monolith")
    finally:
        dockerfile.write_text(whole)
        checkout.git("reset", "--quiet", "--hard", "HEAD~")
    assert said.status == 1, said.text
    assert "exit code 3" in said.text
    assert "its stack is put back" in said.text
    accepted(deployed.get("/api/topics"))
    assert "(good), 1 of 1" in eventually(lambda: settled(installation), within=BEFORE_IT_SERVES)


def settled(installation: Installation) -> str:
    said = installation.run("status")
    assert said.status == 0, said.text
    return said.text


def test_the_release_before_comes_back(installation: Installation, deployed: Forum) -> None:
    first = title(deployed)
    installation.does("deploy", "monolith", "--service", "monolith", SITE_NAME="Another")
    assert title(deployed) != first
    installation.does("rollback")
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
    assert "What is left" in installation.does("destroy", typed=NAME)
    assert installation.tasks("monolith") == []
    installation.does("deploy", "monolith")
    assert deployed.topic(topic)["title"] == "Kept"
