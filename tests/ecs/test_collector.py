"""With COLLECTOR_IMAGE every service has a collector of traces beside it; without, nothing is different."""

from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.validate import ParamValidator
from ecs.definitions import APPS, DEFINITIONS, container, definition

from ecs.render import Refused

GIVEN = {
    "COLLECTOR_IMAGE": "collector.example/collector:1",
    "TASK_ROLE": "arn:aws:iam::123456789012:role/forum",
}
OTLP_OVER_HTTP = 4318  # https://opentelemetry.io/docs/specs/otlp/#otlphttp-default-port


@pytest.mark.parametrize("app", APPS)
def test_a_service_sends_to_the_collector_beside_it(app: str) -> None:
    application, collector = definition(app, **GIVEN)["containerDefinitions"]
    told = {item["name"]: item["value"] for item in application["environment"]}
    endpoint = urlsplit(told["OTEL_EXPORTER_OTLP_ENDPOINT"])
    assert (endpoint.hostname, endpoint.port) == ("127.0.0.1", OTLP_OVER_HTTP)
    assert collector["image"] == GIVEN["COLLECTOR_IMAGE"]
    assert application["dependsOn"] == [{"containerName": collector["name"], "condition": "START"}]


@pytest.mark.parametrize("app", APPS)
def test_a_service_goes_on_without_its_collector(app: str) -> None:
    application, collector = definition(app, **GIVEN)["containerDefinitions"]
    assert application["essential"]
    assert not collector["essential"]
    assert collector["restartPolicy"] == {"enabled": True}


@pytest.mark.parametrize("app", APPS)
def test_a_collector_is_confined_and_logs_as_its_application(app: str) -> None:
    application, collector = definition(app, **GIVEN)["containerDefinitions"]
    for confinement in ("user", "readonlyRootFilesystem", "linuxParameters"):
        assert collector[confinement] == application[confinement]
    streams = {"awslogs-stream-prefix": "collector"}
    theirs = application["logConfiguration"]
    assert collector["logConfiguration"] == {**theirs, "options": theirs["options"] | streams}


@pytest.mark.parametrize("app", APPS)
def test_a_definition_with_a_collector_can_be_registered(app: str) -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    shape = model.operation_model("RegisterTaskDefinition").input_shape
    report = ParamValidator().validate(definition(app, **GIVEN), shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("app", APPS)
def test_nothing_else_of_a_service_changes(app: str) -> None:
    with_it, without = definition(app, **GIVEN), DEFINITIONS[app]
    assert with_it.pop("taskRoleArn") == GIVEN["TASK_ROLE"]
    application, _ = with_it.pop("containerDefinitions")
    added = {"environment", "dependsOn", "dockerLabels"}
    assert plain(application, added) == plain(container(without), added)
    assert application["environment"][:-1] == container(without)["environment"]
    assert with_it == plain(without, {"containerDefinitions"})


def plain(part: dict[str, Any], without: set[str]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in without}


@pytest.mark.parametrize("name", ["forum", "migrate-users"])
def test_what_runs_once_has_no_collector(name: str) -> None:
    assert definition(name, **GIVEN) == DEFINITIONS[name]


def test_an_empty_image_means_no_collector() -> None:
    assert definition("users", COLLECTOR_IMAGE="", TASK_ROLE="") == DEFINITIONS["users"]


def test_a_collector_without_a_role_is_refused() -> None:
    with pytest.raises(Refused, match=r"users\.json needs a value for TASK_ROLE$"):
        definition("users", COLLECTOR_IMAGE="collector.example/collector:1")
