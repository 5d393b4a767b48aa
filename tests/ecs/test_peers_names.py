"""Service Connect tells a task of the names that exist when its deployment begins, and of no later one."""

from pathlib import Path

import pytest
from ecs.pretended import STACKS, Pretended, deployment, exports, revision, table


@pytest.mark.parametrize(
    ("topics_began", "messages_made", "starts_anew"),
    [
        (100.5, 200.5, True),
        # as version 2 of the CLI has it
        ("2026-11-21T19:01:00.5+00:00", "2026-11-21T19:00:00.5+00:00", False),
    ],
)
def test_topics_that_began_before_messages_had_a_name_starts_anew(
    tmp_path: Path, topics_began: object, messages_made: object, starts_anew: bool
) -> None:
    pretended = Pretended(tmp_path)
    pretended.commit()
    apps = ("users", "topics", "messages", "web", "forum")
    runs_now = [{"ParameterKey": "TaskDefinition", "ParameterValue": revision(2)}]
    services = [f"service-{app}" for app in ("users", "topics", "messages", "web")]
    stacks = ["network", "registry", "data", "edge", "cluster", "routing", "alarms", *services]
    pretended.answers(STACKS, [[f"forum-{stack}", "CREATE_COMPLETE", runs_now] for stack in stacks])
    pretended.answers("ssm get-parameters-by-path", table({"/forum/topology": "split"}))
    pretended.answers("ssm put-parameter", "")
    known = {f"forum-{name}": "x" for name in ("database-host", "administrator")}
    known |= {f"forum-execution-role-{app}": "role" for app in apps}
    pretended.answers("cloudformation list-exports", "\n".join([exports(), table(known)]))
    pretended.answers("cloudformation get-template", "")
    pretended.answers("cloudformation deploy", "")
    secrets = [f"database/{name}" for name in ("users", "topics", "messages", "forum")]
    secrets += ["secret-key", "administrator-password", *(f"caller/{app}" for app in apps)]
    pretended.answers("secretsmanager list-secrets", table({f"forum/{name}": "arn" for name in secrets}))
    repositories = {f"forum/{app}": f"registry.example/forum/{app}" for app in apps}
    pretended.answers("ecr describe-repositories", table(repositories))
    pretended.answers("ecr batch-get-image", f"sha256:{'1' * 64}")
    pretended.answers("ecs list-task-definition-families", "")
    pretended.answers("ecs register-task-definition", revision(3))
    pretended.answers("ecs run-task", table([("arn:task/1", "None")]))
    ended = {"taskArn": "arn:task/1", "lastStatus": "STOPPED", "containers": [{"exitCode": 0}]}
    pretended.answers("ecs describe-tasks", [ended])
    began = [["messages", messages_made, [300.5, revision(3)]], ["topics", 0, [topics_began, revision(3)]]]
    runs = deployment(3, "COMPLETED")
    pretended.answers("ecs describe-services", runs, runs, runs, runs, began, runs)
    pretended.answers("ecs update-service", "")
    said = pretended.run("deploy", "split", FORUM_URL="http://forum.example", MAX_TASKS="2")
    assert said.status == 0, said.errors
    anew = ["ecs update-service --cluster forum --service topics --force-new-deployment"]
    assert pretended.asked("ecs update-service") == (anew if starts_anew else [])
