"""`ecs/rollback` finds what was good before, of an installation as a whole and of one service."""

from pathlib import Path

import pytest
from ecs.pretended import STACKS, Pretended, deployment, of_monolith, revision, running, table

SPLIT = ("messages", "topics", "users", "web")


@pytest.fixture
def pretended(tmp_path: Path) -> Pretended:
    return Pretended(tmp_path)


@pytest.mark.parametrize(
    ("recorded", "runs", "goal"),
    [
        ([1, 2, 3], 3, 2),
        ([1, 2, 3], 4, 3),  # 4 was never good
        ([1, 2, 3], 2, 2),  # the way there was begun, and not ended
        ([1, 2, 3, 2], 1, 1),
        ([1, 2, 3, 2], 2, 1),  # the second time it goes back further
        ([1, 2, 3, 2, 4], 4, 2),
        ([1, 2, 2, 3, 3], 3, 2),
    ],
)
def test_rollback_returns_to_what_was_good_before(
    pretended: Pretended, recorded: list[int], runs: int, goal: int
) -> None:
    pretended.answers(STACKS, running(runs))
    pretended.has_released(*recorded)
    pretended.answers("cloudformation list-exports", table({"forum-balancer-dns": "balancer.example"}))
    pretended.answers("cloudformation deploy", "")
    pretended.answers(
        "ecs describe-services", deployment(goal, "IN_PROGRESS", "1"), deployment(goal, "COMPLETED")
    )
    pretended.answers("ssm put-parameter", "")
    said = pretended.run("rollback", MAX_TASKS="2")
    assert said.status == 0, said.errors
    assert f"monolith: forum-monolith:{runs} → forum-monolith:{goal}\n" in said.errors
    asked = pretended.asked("cloudformation deploy")
    assert [f" TaskDefinition={revision(goal)} Tasks=2" in call for call in asked] == [True] * (runs != goal)
    assert len(pretended.asked("ecs describe-services")) == 2
    recording = [
        f"ssm put-parameter --name /forum/release --type String --overwrite --value {of_monolith(goal)}"
    ]
    assert pretended.asked("ssm put-parameter") == ([] if goal == recorded[-1] else recording)


@pytest.mark.parametrize(
    ("arguments", "then", "goes_back", "good_then"),
    [
        ([], (1, 1, 1, 2), "users", (1, 1, 1, 2)),
        (["--service", "web"], (1,), "web", (1, 1, 2, 1)),
    ],
)
def test_an_installation_goes_back_as_it_was_and_a_service_as_it_was(
    pretended: Pretended,
    arguments: list[str],
    then: tuple[int, ...],
    goes_back: str,
    good_then: tuple[int, ...],
) -> None:
    """`then` has the revisions of those that are waited for, in the order of their deployment."""
    is_split(pretended, [(1, 1, 1, 1), (1, 1, 1, 2), (1, 1, 2, 2)], runs=(1, 1, 2, 2))
    pretended.answers("ecs describe-services", *(deployment(number, "COMPLETED") for number in then))
    said = pretended.run("rollback", *arguments, MAX_TASKS="2", FORUM_URL="http://forum.example")
    assert said.status == 0, said.errors
    (asked,) = pretended.asked("cloudformation deploy")
    assert f"--stack-name forum-service-{goes_back} " in asked
    (recorded,) = pretended.asked("ssm put-parameter")
    assert recorded.endswith(" --value " + release(good_then))


def test_a_way_back_that_ended_halfway_is_gone_to_its_end(pretended: Pretended) -> None:
    is_split(pretended, [(1, 1, 1, 1), (2, 2, 2, 2)], runs=(2, 1, 1, 2))
    pretended.answers("ecs describe-services", deployment(1, "COMPLETED"))
    said = pretended.run("rollback", MAX_TASKS="2", FORUM_URL="http://forum.example")
    assert said.status == 0, said.errors
    asked = pretended.asked("cloudformation deploy")
    assert [call.split()[3] for call in asked] == ["forum-service-messages", "forum-service-web"]
    (recorded,) = pretended.asked("ssm put-parameter")
    assert recorded.endswith(" --value " + release((1, 1, 1, 1)))


def is_split(pretended: Pretended, recorded: list[tuple[int, ...]], runs: tuple[int, ...]) -> None:
    """The revisions of `SPLIT` that were recorded as good, one release after the other, and that run."""
    stacks = [
        [
            f"forum-service-{app}",
            "UPDATE_COMPLETE",
            [{"ParameterKey": "TaskDefinition", "ParameterValue": revision(number)}],
        ]
        for app, number in zip(SPLIT, runs, strict=True)
    ]
    pretended.answers(STACKS, stacks)
    now = {"/forum/topology": "split", "/forum/release": release(recorded[-1])}
    pretended.answers("ssm get-parameters-by-path", table(now))
    pretended.answers("ssm get-parameter-history", list(enumerate(map(release, recorded), start=1)))
    for call in ("cloudformation list-exports", "cloudformation deploy", "ssm put-parameter"):
        pretended.answers(call, "")


def release(numbers: tuple[int, ...]) -> str:
    return " ".join(f"{app}={revision(number)}" for app, number in zip(SPLIT, numbers, strict=True))


@pytest.mark.parametrize("recorded", [[], [3], [3, 3]])
def test_rollback_without_anything_good_before_changes_nothing(
    pretended: Pretended, recorded: list[int]
) -> None:
    pretended.answers(STACKS, running(3))
    if recorded:
        pretended.has_released(*recorded)
    else:
        pretended.answers("ssm get-parameters-by-path", table({"/forum/topology": "monolith"}))
    said = pretended.run("rollback")
    assert said.status == 1
    assert "no good release before the one that runs. Nothing was changed." in said.errors
    assert not pretended.asked("cloudformation deploy")
