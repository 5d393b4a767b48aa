"""`ecs/route` gives the rules of the load balancer other weights, where somebody would answer."""

from pathlib import Path

import pytest
from ecs.pretended import STACKS, Pretended, table

HEALTH = "elbv2 describe-target-health"


@pytest.fixture
def pretended(tmp_path: Path) -> Pretended:
    """A pretended AWS where both sides have targets."""
    pretended = Pretended(tmp_path)
    targets = {f"forum-target-{app}": f"arn:{app}" for app in ("monolith", "users", "topics")}
    pretended.answers("cloudformation list-exports", table(targets))
    pretended.answers("cloudformation deploy", "")
    return pretended


def routing(**shares: str) -> list[object]:
    """The stacks of an installation whose rules have these shares."""
    given = {"Users": "0", "Topics": "0", "Messages": "0", "Web": "0"} | shares
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    return [["forum-routing", "UPDATE_COMPLETE", parameters]]


@pytest.mark.parametrize(
    ("percent", "asked", "words"),
    [
        ("0", ["monolith"], "The monolith has all requests of users."),
        ("10", ["users", "monolith"], "then ecs/route users 100, or 0 for the way back."),
        ("100", ["users"], "All requests of users go to its service. The way back: ecs/route users 0"),
    ],
)
def test_whoever_gets_requests_is_asked_for_its_health_and_the_rules_change(
    pretended: Pretended, percent: str, asked: list[str], words: str
) -> None:
    pretended.answers(STACKS, routing(Users="50", Topics="7"), routing(Users=percent, Topics="7"))
    pretended.answers(HEALTH, "unhealthy\nhealthy")
    said = pretended.run("route", "users", percent)
    assert said.status == 0, said.errors
    assert [call.split()[3] for call in pretended.asked(HEALTH)] == [f"arn:{app}" for app in asked]
    (changed,) = pretended.asked("cloudformation deploy --stack-name forum-routing ")
    assert changed.endswith(f" --parameter-overrides Name=forum Users={percent}")
    assert f"services have: users {percent} %, topics 7 %, messages 0 %, web 0 %\n" in said.errors
    assert said.errors.endswith(f"{words}\n")


@pytest.mark.parametrize(
    ("percent", "states", "missing"),
    [("10", ["initial\nunhealthy"], "users"), ("90", ["healthy", ""], "monolith")],
)
def test_requests_are_not_sent_where_nobody_would_answer(
    pretended: Pretended, percent: str, states: list[str], missing: str
) -> None:
    pretended.answers(STACKS, routing())
    pretended.answers(HEALTH, *states)
    said = pretended.run("route", "users", percent)
    assert said.status == 1
    assert f"{missing} would answer requests, and has no healthy target. Nothing was changed." in said.errors
    assert not pretended.asked("cloudformation deploy")


@pytest.mark.parametrize(
    ("stacks", "words"),
    [
        ([], "no installation forum with rules is in eu-central-1. Run ecs/deploy first."),
        (routing(Web="service"), "the rules of forum are of a release without shares. Run ecs/deploy first"),
    ],
    ids=["none", "before shares"],
)
def test_an_installation_without_shares_is_left_alone(
    pretended: Pretended, stacks: list[object], words: str
) -> None:
    pretended.answers(STACKS, stacks)
    said = pretended.run("route", "users", "10")
    assert said.status == 1
    assert words in said.errors
    assert not pretended.asked("cloudformation deploy")


def test_the_status_shows_the_shares(pretended: Pretended) -> None:
    pretended.answers(STACKS, routing(Users="100", Topics="10"))
    pretended.answers("ssm get-parameters-by-path", "")
    said = pretended.run("status", FORUM_URL="http://forum.example")
    assert "  services have        users 100 %, topics 10 %, messages 0 %, web 0 %\n" in said.output
