"""What AWS would refuse, and what it would take though it should not run like that."""

import re
from typing import Any

import pytest
from ecs.api import refusals
from ecs.definitions import APPS, DEFINITIONS, TASKS, VALUES, container

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html: CPU units → MiB
FARGATE = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4096 + 1, 1024)),
    1024: set(range(2048, 8192 + 1, 1024)),
    2048: set(range(4096, 16384 + 1, 1024)),
    4096: set(range(8192, 30720 + 1, 1024)),
}
LONGEST_STOP = 120  # seconds, on Fargate
TELLING = re.compile(r"KEY|PASSWORD|SECRET|TOKEN", re.IGNORECASE)
RANDOM = re.compile(r"[A-Za-z0-9+/_-]{20,}")

every_definition = pytest.mark.parametrize("name", DEFINITIONS)


@every_definition
def test_the_api_would_take_it(name: str) -> None:
    assert refusals("ecs", "RegisterTaskDefinition", DEFINITIONS[name]) == []


def test_values_beyond_an_enum_are_found() -> None:
    container = {"logConfiguration": {"logDriver": "paper"}}
    wrong = {"family": "forum", "networkMode": "awsvpcc", "containerDefinitions": [container]}
    assert refusals("ecs", "RegisterTaskDefinition", wrong) == ["NetworkMode: awsvpcc", "LogDriver: paper"]


@every_definition
def test_fargate_has_its_size(name: str) -> None:
    found = DEFINITIONS[name]
    assert found["requiresCompatibilities"] == ["FARGATE"]
    assert found["networkMode"] == "awsvpc"
    assert int(found["memory"]) in FARGATE[int(found["cpu"])]
    assert found["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}


@every_definition
def test_the_container_can_change_nothing_but_its_temporary_files(name: str) -> None:
    confined = container(DEFINITIONS[name])
    assert confined["user"] == "10001:10001"
    assert confined["readonlyRootFilesystem"] is True
    assert confined["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}}
    assert confined["mountPoints"] == [{"sourceVolume": "tmp", "containerPath": "/tmp"}]  # noqa: S108
    assert DEFINITIONS[name]["volumes"] == [{"name": "tmp"}]
    assert not confined.get("privileged")
    assert "taskRoleArn" not in DEFINITIONS[name]


@every_definition
def test_its_lines_are_kept_and_hold_nothing_up(name: str) -> None:
    kind, _, app = name.partition("-")
    assert container(DEFINITIONS[name])["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": f"/forum/{app or kind}",
            "awslogs-region": VALUES["REGION"],
            "awslogs-stream-prefix": kind,
            "mode": "non-blocking",
            "max-buffer-size": "25m",
        },
    }


@every_definition
def test_what_it_is_called(name: str) -> None:
    kind = name.partition("-")[0]
    assert DEFINITIONS[name]["family"] == f"forum-{name}"
    assert container(DEFINITIONS[name])["name"] == kind
    assert container(DEFINITIONS[name])["essential"] is True


@every_definition
def test_the_image_is_the_one_that_was_pushed(name: str) -> None:
    assert container(DEFINITIONS[name])["image"] == VALUES["IMAGE"]
    assert container(DEFINITIONS[name]).get("versionConsistency", "enabled") == "enabled"


@pytest.mark.parametrize("file", sorted(TASKS.glob("*.json")), ids=lambda file: file.stem)
def test_the_image_is_given_by_whoever_registers_it(file: Any) -> None:
    assert '"image": "${IMAGE}"' in file.read_text()


@every_definition
def test_no_secret_is_in_the_environment(name: str) -> None:
    for item in container(DEFINITIONS[name])["environment"]:
        assert not TELLING.search(item["name"]), item
        assert not RANDOM.search(item["value"]), item
        assert not re.search("//[^/@]*:[^/@]*@", item["value"]), item  # a password in a URL


@every_definition
def test_secrets_come_by_their_arn(name: str) -> None:
    for item in container(DEFINITIONS[name])["secrets"]:
        parts = item["valueFrom"].split(":")  # arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX
        assert parts[:3] == ["arn", "aws", "secretsmanager"]
        is_json = "database" in parts[6] or ":".join(parts[:7]) == VALUES["SECRET_ADMINISTRATOR"]
        keys = [["username", "", ""], ["password", "", ""]] if is_json else [[]]
        assert parts[7:] in keys, item


@every_definition
def test_nothing_is_given_twice(name: str) -> None:
    found = container(DEFINITIONS[name])
    given = [item["name"] for item in [*found["environment"], *found["secrets"]]]
    assert len(given) == len(set(given))


@pytest.mark.parametrize("app", APPS)
def test_a_task_has_time_to_end(app: str) -> None:
    assert container(DEFINITIONS[app])["stopTimeout"] <= LONGEST_STOP
