"""`ecs/rollback` finds what was good before, of an installation as a whole and of one service."""

from pathlib import Path

import pytest
from ecs.pretended import STACKS, Pretended, deployment, released, revision, running, table


@pytest.fixture
def pretended(tmp_path: Path) -> Pretended:
    return Pretended(tmp_path)


@pytest.mark.parametrize(
    ("recorded", "runs", "goal"),
    [
        ([1, 2, 3], 3, 2),
        ([1, 2, 3], 4, 3),  # 4 was never good
        ([1, 2, 3, 2], 2, 1),  # the second time it goes back further
        ([1, 2, 3, 2, 4], 4, 2),
        ([1, 2, 2, 3, 3], 3, 2),
    ],
)
def test_rollback_returns_to_what_was_good_before(
    pretended: Pretended, recorded: list[int], runs: int, goal: int
) -> None:
    history = [[version, f"monolith={revision(number)}"] for version, number in enumerate(recorded, start=1)]
    pretended.answers(STACKS, running(runs))
    pretended.answers("ssm get-parameters-by-path", released(recorded[-1]))
    pretended.answers("ssm get-parameter-history", history[::-1])  # in whatever order they come
    pretended.answers("cloudformation list-exports", table({"forum-balancer-dns": "balancer.example"}))
    pretended.answers("cloudformation deploy", "")
    pretended.answers(
        "ecs describe-services", deployment(goal, "IN_PROGRESS", "1"), deployment(goal, "COMPLETED")
    )
    pretended.answers("ssm put-parameter", "")
    said = pretended.run("rollback", MAX_TASKS="2")
    assert said.status == 0, said.errors
    assert f"monolith: forum-monolith:{runs} → forum-monolith:{goal}\n" in said.errors
    (asked,) = pretended.asked("cloudformation deploy")
    assert f" TaskDefinition={revision(goal)} Tasks=2" in asked
    recording = [
        f"ssm put-parameter --name /forum/release --type String --overwrite --value monolith={revision(goal)}"
    ]
    assert pretended.asked("ssm put-parameter") == ([] if goal == recorded[-1] else recording)


@pytest.mark.parametrize(
    ("arguments", "goes_back", "good_then"),
    [
        ([], "users", "messages={1} topics={1} users={1} web={2}"),
        (["--service", "web"], "web", "messages={1} topics={1} users={2} web={1}"),
    ],
)
def test_an_installation_goes_back_as_it_was_and_a_service_as_it_was(
    pretended: Pretended, arguments: list[str], goes_back: str, good_then: str
) -> None:
    apps = ("messages", "topics", "users", "web")
    history = [(1, 1, 1, 1), (1, 1, 1, 2), (1, 1, 2, 2)]
    releases = [
        " ".join(f"{app}={revision(number)}" for app, number in zip(apps, numbers, strict=True))
        for numbers in history
    ]
    stacks = [
        [
            f"forum-service-{app}",
            "UPDATE_COMPLETE",
            [{"ParameterKey": "TaskDefinition", "ParameterValue": arn}],
        ]
        for app, arn in (pair.split("=") for pair in releases[-1].split())
    ]
    pretended.answers(STACKS, stacks)
    pretended.answers(
        "ssm get-parameters-by-path", table({"/forum/topology": "split", "/forum/release": releases[-1]})
    )
    pretended.answers("ssm get-parameter-history", list(enumerate(releases, start=1)))
    pretended.answers("ssm put-parameter", "")
    pretended.answers("cloudformation list-exports", "")
    pretended.answers("cloudformation deploy", "")
    pretended.answers("ecs describe-services", deployment(1, "COMPLETED"))
    said = pretended.run("rollback", *arguments, MAX_TASKS="2", FORUM_URL="http://forum.example")
    assert said.status == 0, said.errors
    (asked,) = pretended.asked("cloudformation deploy")
    assert f"--stack-name forum-service-{goes_back} " in asked
    (recorded,) = pretended.asked("ssm put-parameter")
    assert recorded.endswith(f" --value {good_then.format('', revision(1), revision(2))}")


@pytest.mark.parametrize("recorded", [[], [3], [3, 3]])
def test_rollback_without_anything_good_before_changes_nothing(
    pretended: Pretended, recorded: list[int]
) -> None:
    pretended.answers(STACKS, running(3))
    known = released(recorded[-1]) if recorded else table({"/forum/topology": "monolith"})
    pretended.answers("ssm get-parameters-by-path", known)
    pretended.answers(
        "ssm get-parameter-history", [[1, f"monolith={revision(number)}"] for number in recorded]
    )
    said = pretended.run("rollback")
    assert said.status == 1
    assert "no good release before the one that runs. Nothing was changed." in said.errors
    assert not pretended.asked("cloudformation deploy")
