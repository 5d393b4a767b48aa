"""What the role of ci.yaml may do, against what the scripts of a release do."""

import re
from collections.abc import Iterator

from ecs.agreement import allowed
from ecs.files import Installation

RELEASING = ("push", "deploy", "rollback")
PREFIXES = {"elbv2": "elasticloadbalancing"}
MEANS = {
    "cloudformation:Deploy": {
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:GetTemplateSummary",
    },
    "ecr:GetLoginPassword": {
        "ecr:GetAuthorizationToken",  # and what docker pushes with
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    },
    "ecs:RegisterTaskDefinition": {"ecs:RegisterTaskDefinition", "iam:PassRole"},
    "configure:Get": set(),
}
"""Commands of the CLI that take other permissions than their own name's."""

SERVICE_STACKS = {"ecs:CreateService", "ecs:DeleteService", "ecs:DescribeServices", "ecs:UpdateService"}
"""What CloudFormation does in the name of whoever changes the stack of a service or a canary."""


def the_release_role_fits_the_scripts(ecs: Installation) -> Iterator[str]:
    """It may do all that push, deploy and rollback do while only releases change, and nothing else."""
    (role,) = ecs.made("ci").of_type("IAM::Role").values()
    granted = {action for _, action, _ in allowed(role)}
    wanted = set(needed(ecs)) | SERVICE_STACKS
    yield from (f"a release needs {action}" for action in sorted(wanted - granted))
    yield from (f"no release needs {action}" for action in sorted(granted - wanted))


def needed(ecs: Installation) -> Iterator[str]:
    """The IAM actions behind every `aws SERVICE COMMAND` of a release's scripts and of what they source."""
    scripts = (
        text for path, text in ecs.files.items() if path in RELEASING or re.fullmatch(r"\w+\.sh", path)
    )
    for service, command in re.findall(r"\baws ([a-z0-9]+) ([a-z0-9-]+)", "\n".join(scripts)):
        action = (
            f"{PREFIXES.get(service, service)}:{''.join(word.capitalize() for word in command.split('-'))}"
        )
        yield from MEANS.get(action, {action})
