"""What the files of ecs/ must say alike: exports, logs, secrets, roles."""

import re
from collections.abc import Iterator
from typing import Any

from ecs.files import APPS, NAME, Installation
from ecs.templates import Made

KNOW_NO_RESOURCE = {
    "cloudformation:DescribeStacks",
    "cloudformation:ListExports",
    "ecr:GetAuthorizationToken",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitionFamilies",
    "ecs:ListTasks",
    "ecs:RegisterTaskDefinition",
    "secretsmanager:ListSecrets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""Actions that IAM grants on `*` alone: the Service Authorization Reference names no resource for them.
Stacks are described all at once."""


def what_is_imported_is_exported(ecs: Installation) -> Iterator[str]:
    """And what is exported is imported, or read by a script (`EXPORTS[cluster]`, `EXPORTS[target-$app]`)."""
    exported = {name for stack in ecs.stacks for made in ecs.variants(stack) for name in made.exports}
    imported = {name for stack in ecs.stacks for made in ecs.variants(stack) for name in made.imports}
    scripts = "".join(text for path, text in ecs.files.items() if "/" not in path)
    read = [re.sub(r"\$\w+", r"\\w+", place) for place in re.findall(r"\bEXPORTS\[([^]]+)]", scripts)]
    yield from (f"{name} is imported, but nobody exports it" for name in sorted(imported - exported))
    for name in sorted(exported - imported):
        if not any(re.fullmatch(place, name.removeprefix(f"{NAME}-")) for place in read):
            yield f"{name} is exported, but nobody imports or reads it"


def logs_have_their_groups(ecs: Installation) -> Iterator[str]:
    """Every log group that a task or a proxy writes to is made, for 30 days, and its role may write to it."""
    cluster = ecs.made("cluster")
    groups = {group["LogGroupName"]: logical for logical, group in cluster.of_type("Logs::LogGroup").items()}
    for app in (*APPS, "forum"):
        role = granted(cluster, app)
        for written in sorted(set(_written(ecs, app))):
            if written not in groups:
                yield f"nobody makes the log group {written}"
            elif f"@{groups[written]}.Arn" not in role["logs:PutLogEvents"]:
                yield f"the role of {app} may not write to {written}"
    for logical, group in cluster.of_type("Logs::LogGroup").items():
        if group.get("RetentionInDays") != 30:
            yield f"{logical} does not keep 30 days"


def _written(ecs: Installation, app: str) -> Iterator[str]:
    names = [app] if app in ("web", "forum") else [app, "migrate"]
    for name in names:
        for container in ecs.task(name)["containerDefinitions"]:
            group = container["logConfiguration"]["options"]["awslogs-group"]
            yield group.replace("${NAME}", NAME).replace("${APP}", app)
    if app != "forum":
        (service,) = ecs.made("service", App=app).of_type("ECS::Service").values()
        if connect := service.get("ServiceConnectConfiguration"):
            yield connect["LogConfiguration"]["Options"]["awslogs-group"]


def deployments_watch_alarms(ecs: Installation) -> Iterator[str]:
    """That there are, and go back when one goes off or tasks keep failing."""
    alarms = ecs.made("alarms", Apps=",".join(APPS)).of_type("CloudWatch::Alarm").values()
    names = {alarm["AlarmName"] for alarm in alarms}
    for app in APPS:
        (service,) = ecs.made("service", App=app).of_type("ECS::Service").values()
        deployment = service["DeploymentConfiguration"]
        watched = set(deployment["Alarms"]["AlarmNames"])
        yield from (f"{app} watches {name}, which nobody makes" for name in sorted(watched - names))
        for part in ("Alarms", "DeploymentCircuitBreaker"):
            if not deployment[part]["Enable"] or not deployment[part]["Rollback"]:
                yield f"{app} does not go back by {part}"


def roles_read_the_secrets_of_their_tasks(ecs: Installation) -> Iterator[str]:
    """Each execution role all that its task definitions name, and nothing else."""
    cluster = ecs.made("cluster")
    for app in (*APPS, "forum"):
        reads = {
            secret.removeprefix(f"={NAME}-").removeprefix("secret-")
            for secret in granted(cluster, app)["secretsmanager:GetSecretValue"]
        }
        named = set(_named(ecs, app))
        yield from (f"the role of {app} may not read {secret}" for secret in sorted(named - reads))
        yield from (f"the role of {app} may read {secret} for nothing" for secret in sorted(reads - named))


def _named(ecs: Installation, app: str) -> Iterator[str]:
    """Secrets as their exports name them: `${SECRET_CALLER_WEB}` is caller-web."""
    for container in ecs.task(app)["containerDefinitions"]:
        for secret in container.get("secrets", []):
            yield re.findall(r"\$\{SECRET_(\w+)\}", secret["valueFrom"])[0].lower().replace("_", "-")


def granted(cluster: Made, app: str) -> dict[str, list[str]]:
    """What the execution role of an application may do: action → resources."""
    role = cluster.resources[f"{app.capitalize()}Execution"]["Properties"]
    return {action: resources for _, action, resources in allowed(role)}


def allowed(role: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Policy, action and resources of all that a role may do."""
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in _listed(statement["Action"]):
                yield policy["PolicyName"], action, _listed(statement["Resource"])


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def roles_are_narrow(ecs: Installation) -> Iterator[str]:
    """No action and no resource is a bare `*`, but for actions that know no resource. Each role is taken from
    this account or this repository only, and only ECS is handed roles."""
    for stack in ecs.stacks:
        for made in ecs.variants(stack):
            for logical, role in made.of_type("IAM::Role").items():
                yield from (f"{stack}: {logical} {problem}" for problem in _role(role))


def _role(role: dict[str, Any]) -> Iterator[str]:
    if role.get("ManagedPolicyArns"):
        yield "has a policy of AWS's, which may grow"
    for statement in role["AssumeRolePolicyDocument"]["Statement"]:
        narrowed = {key for test in statement.get("Condition", {}).values() for key in test}
        if not narrowed & {"aws:SourceAccount", "token.actions.githubusercontent.com:sub"}:
            yield "can be taken from any account or repository"
    for _, action, resources in allowed(role):
        if "*" in action:
            yield f"may do {action}"
        if "*" in resources and action not in KNOW_NO_RESOURCE:
            yield f"may do {action} to everything"
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            passes = "iam:PassRole" in _listed(statement["Action"])
            if passes and "iam:PassedToService" not in str(statement.get("Condition")):
                yield "may hand roles to anybody"
