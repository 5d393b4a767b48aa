"""What the scripts of `ecs/` make of AWS's answers, where the order or the words of these decide."""

from pathlib import Path

import pytest
from ecs.pretended import STACKS, Pretended, Said, deployment, exports, revision, running, table


@pytest.fixture
def pretended(tmp_path: Path) -> Pretended:
    return Pretended(tmp_path)


@pytest.mark.parametrize(
    "found",
    [
        deployment(4, "IN_PROGRESS"),  # ECS has gone back, and is still at it
        deployment(4, "COMPLETED"),
        deployment(3, "FAILED", "0", "tasks failed to start"),
    ],
)
def test_what_ecs_went_back_on_is_reported_and_its_stack_put_back(pretended: Pretended, found: str) -> None:
    pretended.answers(STACKS, running(4))
    pretended.has_released(3)
    pretended.answers("cloudformation list-exports", "")
    pretended.answers("cloudformation deploy", "")
    pretended.answers("ecs describe-services", deployment(3, "IN_PROGRESS", "1"), found)
    pretended.answers("ecs list-tasks", table([("arn:task/1",), ("arn:task/2",)]))
    stopped = {"taskDefinitionArn": revision(3), "stoppedReason": "Essential container in task exited"}
    another = {"taskDefinitionArn": revision(4), "stoppedReason": "Scaled in", "containers": []}
    pretended.answers("ecs describe-tasks", [stopped | {"containers": [{"exitCode": 3}]}, another])
    said = pretended.run("rollback", MAX_TASKS="2")
    assert said.status == 1
    assert "  A task stopped: Essential container in task exited  exit code 3\n" in said.errors
    assert "Scaled in" not in said.errors
    assert "ecs/rollback: monolith does not run forum-monolith:3. See ecs/logs monolith" in said.errors
    first, second = pretended.asked("cloudformation deploy")
    assert f" TaskDefinition={revision(3)} " in first
    assert f" TaskDefinition={revision(4)} " in second
    assert not pretended.asked("ssm put-parameter")


def test_a_stack_is_put_back_although_nobody_knows_why_tasks_stopped(pretended: Pretended) -> None:
    pretended.answers(STACKS, running(4))
    pretended.has_released(3)
    pretended.answers("cloudformation list-exports", "")
    pretended.answers("cloudformation deploy", "")
    pretended.answers("ecs describe-services", deployment(4, "COMPLETED"))
    said = pretended.run("rollback", MAX_TASKS="2")
    assert said.status == 1
    assert '"aws ecs list-tasks" failed' in said.errors
    _, put_back = pretended.asked("cloudformation deploy")
    assert f" TaskDefinition={revision(4)} " in put_back


def rolled_back(pretended: Pretended, **settings: str) -> Said:
    """To revision 3, whose tasks run at once; stacks may be deleted on the way."""
    pretended.has_released(3)
    for call in ("cloudformation list-exports", "cloudformation delete-stack", "cloudformation deploy"):
        pretended.answers(call, "")
    pretended.answers("ecs describe-services", deployment(3, "COMPLETED"))
    said = pretended.run("rollback", **({"MAX_TASKS": "2"} | settings))
    assert said.status == 0, said.errors
    return said


def test_a_number_that_is_told_takes_the_place_of_scaling(pretended: Pretended) -> None:
    scaled = {"scaling-monolith": "CREATE_COMPLETE"}
    pretended.answers(
        STACKS, running(4, **scaled), running(4, **{"scaling-monolith": "DELETE_IN_PROGRESS"}), running(4)
    )
    rolled_back(pretended)
    (deleted,) = pretended.asked("cloudformation delete-stack")
    assert deleted.endswith(" forum-scaling-monolith")


def test_scaling_has_the_number_of_tasks_to_itself(pretended: Pretended) -> None:
    pretended.answers(STACKS, running(4))
    rolled_back(pretended, TASKS="2", MAX_TASKS="6")
    service, scaling = pretended.asked("cloudformation deploy")
    assert service.endswith(f" TaskDefinition={revision(3)} Tasks=")
    assert scaling.endswith(" App=monolith Tasks=2 MaxTasks=6")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            "UPDATE_ROLLBACK_FAILED",
            "aws cloudformation continue-update-rollback --stack-name forum-service-monolith",
        ),
        ("DELETE_FAILED", "half gone: run ecs/destroy again first"),
    ],
)
def test_a_stack_that_nobody_can_change_is_told_with_what_to_do(
    pretended: Pretended, state: str, words: str
) -> None:
    (service,) = running(4)
    assert isinstance(service, list)
    pretended.answers(STACKS, [[service[0], state, service[2]]])
    pretended.has_released(3)
    pretended.answers("cloudformation list-exports", "")
    pretended.answers("cloudformation describe-stack-events", [["UPDATE_FAILED", "Service", "no such role"]])
    said = pretended.run("rollback")
    assert said.status == 1
    assert words in said.errors
    assert not pretended.asked("cloudformation deploy")


def test_another_run_is_waited_for_and_what_was_never_made_is_removed_first(pretended: Pretended) -> None:
    def service(state: str) -> list[object]:
        return [["forum-service-monolith", state, []]] if state else []

    states = ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", ""]
    pretended.answers(STACKS, *map(service, states))
    said = rolled_back(pretended)
    assert "stack forum-service-monolith is CREATE_IN_PROGRESS, by another run: waiting" in said.errors
    assert [call.split()[1] for call in pretended.asked("cloudformation de") if "describe" not in call] == [
        "delete-stack",
        "deploy",
    ]


@pytest.mark.parametrize(
    ("task", "status", "words"),
    [
        ({"containers": [{"exitCode": 0}]}, 0, "done"),
        ({"containers": [{"exitCode": 3}]}, 3, "done"),
        (
            {"stoppedReason": "CannotPullContainerError: no such image", "containers": [{}]},
            1,
            "forum doctor did not run: CannotPullContainerError: no such image",
        ),
    ],
)
def test_run_ends_as_its_task_ends(
    pretended: Pretended, task: dict[str, object], status: int, words: str
) -> None:
    pretended.answers("cloudformation list-exports", exports())
    pretended.answers("ecs run-task", table([("arn:task/1", "None")]))
    states = [{"lastStatus": state} for state in ("PENDING", "RUNNING", "STOPPED")]
    pretended.answers("ecs describe-tasks", *([state | task | {"taskArn": "arn:task/1"}] for state in states))
    pretended.answers(
        "logs get-log-events",
        {"events": [{"message": "do"}, {"message": "ne"}], "nextForwardToken": "f/1"},
        {"events": [{"message": "done"}], "nextForwardToken": "f/2"},
    )
    said = pretended.run("run", "forum", "doctor")
    assert said.status == status
    assert words in said.output + said.errors
    assert "startedAt" not in said.errors
    (asked,) = pretended.asked("ecs run-task")
    assert "subnets=[a,b],securityGroups=[g,p],assignPublicIp=ENABLED" in asked


def test_run_says_that_its_task_goes_on_when_it_is_out_of_sight(pretended: Pretended) -> None:
    pretended.answers("cloudformation list-exports", exports())
    pretended.answers("ecs run-task", table([("arn:task/1", "None")]))
    said = pretended.run("run", "forum", "doctor")
    assert said.status == 1
    assert "forum doctor goes on as a task meanwhile; ecs/logs forum shows what it writes." in said.errors


def test_run_ends_as_its_task_ends_although_its_log_and_its_files_are_out_of_reach(
    pretended: Pretended, tmp_path: Path
) -> None:
    (tmp_path / "list.mbox").touch()
    pretended.answers("configure set", "")
    pretended.answers("cloudformation list-exports", f"{exports()}\nforum-imports\tfiles")
    pretended.answers("ecs run-task", table([("arn:task/1", "None")]))
    ended = {"taskArn": "arn:task/1", "lastStatus": "STOPPED", "containers": [{"exitCode": 0}]}
    pretended.answers("ecs describe-tasks", [ended])
    pretended.answers("s3 cp", "")
    pretended.answers("s3 presign", "https://files.example/list.mbox")
    said = pretended.run("run", "forum", "import", str(tmp_path / "list.mbox"))
    assert said.status == 0, said.errors
    assert "What it wrote could not be read; ecs/logs forum shows it." in said.errors
    assert "still in the installation's bucket" in said.errors
    assert "run ecs/run again" not in said.errors


def test_a_task_that_ecs_does_not_start_is_told(pretended: Pretended) -> None:
    pretended.answers("cloudformation list-exports", exports())
    pretended.answers("ecs run-task", table([("None", "Capacity is unavailable at this time")]))
    said = pretended.run("run", "forum", "doctor")
    assert said.status == 1
    assert "Capacity is unavailable at this time" in said.errors


def test_a_call_that_fails_is_named_with_what_to_do(pretended: Pretended) -> None:
    said = pretended.run("status")
    assert said.status == 1
    assert "Traceback" not in said.errors
    assert 'ecs/status: "aws cloudformation describe-stacks" failed' in said.errors
    assert "then run ecs/status again" in said.errors


def test_who_was_answered_once_waits_longer_for_the_next_answer(pretended: Pretended) -> None:
    pretended.answers(STACKS, running(3))
    pretended.run("status")
    assert pretended.attempts == ["4", "10"]
    pretended.run("status", AWS_MAX_ATTEMPTS="2")
    assert pretended.attempts[2:] == ["2", "2"]


@pytest.mark.parametrize(
    ("state", "made"), [("REVIEW_IN_PROGRESS", True), ("CREATE_COMPLETE", False), ("UPDATE_COMPLETE", False)]
)
def test_push_skips_what_is_there_and_makes_a_registry_that_was_only_planned(
    pretended: Pretended, state: str, made: bool
) -> None:
    pretended.commit()
    pretended.answers(STACKS, [["forum-registry", state, []]])
    pretended.answers("cloudformation deploy", "")
    repositories = {f"forum/{app}": f"registry.example/forum/{app}" for app in ("users", "web")}
    pretended.answers("ecr describe-repositories", table(repositories))
    pretended.answers("ecr batch-get-image", "sha256:1", "sha256:2")
    said = pretended.run("push", "users", "web")
    assert said.status == 0, said.errors
    assert said.output.splitlines() == [
        "users registry.example/forum/users@sha256:1",
        "web registry.example/forum/web@sha256:2",
    ]
    assert bool(pretended.asked("cloudformation deploy")) is made

    (pretended.ecs / "push").write_text((pretended.ecs / "push").read_text() + "\n# changed\n")
    said = pretended.run("push", "users")
    assert said.status == 1
    assert " M push" in said.errors


@pytest.mark.parametrize("typed", ["", "other\n", "forum2\n"])
def test_only_who_types_the_name_destroys(pretended: Pretended, typed: str) -> None:
    pretended.answers(STACKS, running(3))
    pretended.has_released(3)
    said = pretended.run("destroy", "--with-data", typed=typed)
    assert said.status == 1
    assert "Nothing was changed." in said.errors
    assert {call.split()[1].split("-")[0] for call in pretended.calls} == {"describe", "get"}


def test_scripts_leave_no_files_behind(pretended: Pretended) -> None:
    before = {path.name for path in pretended.ecs.parent.iterdir()}
    pretended.run("status")
    pretended.run("run", "forum", "doctor")
    assert {path.name for path in pretended.ecs.parent.iterdir()} == before
