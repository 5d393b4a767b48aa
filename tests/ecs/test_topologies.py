"""`ecs/deploy` refuses a topology that would not see all data, or would not get all requests."""

from pathlib import Path

import pytest
from ecs.files import APPS
from ecs.pretended import STACKS, Pretended, revision, table

GROUPS = ("Users", "Topics", "Messages", "Web")


@pytest.fixture
def pretended(tmp_path: Path) -> Pretended:
    pretended = Pretended(tmp_path)
    pretended.commit()
    pretended.answers("ecs list-task-definition-families", "")
    return pretended


def installed(pretended: Pretended, topology: str, **shares: str) -> None:
    """An installation of that topology, whose services have these shares, or all."""
    given = dict.fromkeys(GROUPS, "100") | shares
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    runs = [{"ParameterKey": "TaskDefinition", "ParameterValue": revision(2)}]
    services = [[f"forum-service-{app}", "UPDATE_COMPLETE", runs] for app in APPS]
    others = [[f"forum-{name}", "UPDATE_COMPLETE", parameters] for name in ("routing", "cluster")]
    pretended.answers(STACKS, [*others, *services])
    found = dict.fromkeys(("cluster", "task-subnets", "task-group", "peers-group", "public-ip"), "x")
    pretended.answers("cloudformation list-exports", table({f"forum-{name}": x for name, x in found.items()}))
    pretended.answers("secretsmanager list-secrets", "")
    pretended.answers("ssm get-parameters-by-path", table({"/forum/topology": topology}))


@pytest.mark.parametrize(
    ("topology", "wanted", "words"),
    [
        ("monolith", "split", "First ecs/deploy both, then move the data by ecs/run forum cutover"),
        ("split", "monolith", "nothing leads back to a monolith"),
        ("split", "both", "nothing leads back to a monolith"),
        ("both", "monolith", "requests of users still go to the side that would be taken down"),
    ],
)
def test_data_are_not_left_behind(pretended: Pretended, topology: str, wanted: str, words: str) -> None:
    installed(pretended, topology)
    said = pretended.run("deploy", wanted)
    assert (said.status, words in said.errors) == (1, True), said.errors


def test_requests_are_not_left_to_nobody(pretended: Pretended) -> None:
    installed(pretended, "both", Messages="99")
    said = pretended.run("deploy", "split")
    assert said.status == 1
    assert "its service has 99 %. Run ecs/route messages 100 first" in said.errors


def test_what_is_down_comes_back_as_it_was(pretended: Pretended) -> None:
    pretended.answers(STACKS, [])
    pretended.answers("ssm get-parameters-by-path", table({"/forum/topology": "both"}))
    said = pretended.run("deploy", "split")
    assert (said.status, "bring it back first: ecs/deploy both" in said.errors) == (1, True), said.errors


def test_a_topology_changes_as_a_whole(pretended: Pretended) -> None:
    installed(pretended, "both")
    said = pretended.run("deploy", "split", "--service", "users")
    assert (said.status, "leave out --service" in said.errors) == (1, True), said.errors


def test_data_that_have_not_moved_keep_their_side(pretended: Pretended) -> None:
    installed(pretended, "both", **dict.fromkeys(GROUPS, "0"))
    pretended.answers("ecs run-task", table([("arn:task/1", "None")]))
    stopped = {"taskArn": "arn:task/1", "lastStatus": "STOPPED", "containers": [{"exitCode": 1}]}
    pretended.answers("ecs describe-tasks", [stopped])
    log = {"events": [{"message": "users: with the service"}], "nextForwardToken": "f/1"}
    pretended.answers("logs get-log-events", log)
    said = pretended.run("deploy", "monolith")
    assert said.status == 1
    assert "users: with the service\n" in said.errors
    assert "forum cutover status failed; nothing after it was done" in said.errors
    assert not pretended.asked("cloudformation deploy")


def test_the_plan_of_a_move_leaves_shares_alone(pretended: Pretended) -> None:
    pretended.answers("cloudformation deploy", "")
    pretended.answers("cloudformation get-template", "")
    installed(pretended, "both", Users="10")
    planned = pretended.run("deploy", "both", "--plan")
    assert planned.status == 0, planned.errors
    assert "the monolith and, beside it, the split" in planned.output
    (routing,) = pretended.asked("cloudformation deploy --stack-name forum-routing ")
    assert routing.endswith(" Users=10 Topics=100 Messages=100 Web=100")
    assert "taken down" not in planned.output


def test_who_goes_stands_in_the_plan(pretended: Pretended) -> None:
    pretended.answers("cloudformation deploy", "")
    pretended.answers("cloudformation get-template", "")
    installed(pretended, "both")
    planned = pretended.run("deploy", "split", "--plan")
    assert planned.status == 0, planned.errors
    assert "  monolith                 taken down\n" in planned.output
    assert not pretended.asked("ecs run-task")
