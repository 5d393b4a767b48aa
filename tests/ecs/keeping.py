"""What must not get lost or out: databases, images, files to be imported, requests in flight."""

import json
from collections.abc import Iterator
from typing import Any

from ecs.files import APPS, NAME, Installation

from chassis import health

KEPT = {
    "StorageEncrypted": True,
    "ManageMasterUserPassword": True,
    "BackupRetentionPeriod": 14,
    "CopyTagsToSnapshot": True,
    "DeletionProtection": "true",
}
PARAMETERS = {"rds.logical_replication": "1", "rds.force_ssl": "1"}


def databases_are_kept(ecs: Installation) -> Iterator[str]:
    """Encrypted, backed up, protected, not public; logical replication on, nothing without TLS."""
    for kind, group in (("aurora", "RDS::DBClusterParameterGroup"), ("rds", "RDS::DBParameterGroup")):
        made = ecs.made("data", Database=kind)
        databases = made.of_type("RDS::DBCluster") | made.of_type("RDS::DBInstance")
        for logical, database in databases.items():
            if database.get("PubliclyAccessible"):
                yield f"{logical} has a public address"
            if "DBClusterIdentifier" not in database:
                yield from (f"{logical}: {problem}" for problem in _kept(made.resources[logical]))
        (parameters,) = made.of_type(group).values()
        for name, value in PARAMETERS.items() - parameters["Parameters"].items():
            yield f"{name} of {kind} is not {value}"


def _kept(database: dict[str, Any]) -> Iterator[str]:
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if database.get(policy) != "Snapshot":
            yield f"{policy} is {database.get(policy)}"
    properties = database["Properties"]
    yield from (f"{name} is not {value}" for name, value in KEPT.items() if properties.get(name) != value)


def images_are_kept(ecs: Installation) -> Iterator[str]:
    """A repository for each image, whose tags do not change; the last 30 stay, and go with nobody's stack."""
    made = ecs.made("registry")
    repositories = made.of_type("ECR::Repository")
    names = {repository["RepositoryName"] for repository in repositories.values()}
    for name in names ^ {f"{NAME}/{image}" for image in (*APPS, "forum")}:
        yield f"{name} is a repository or an image, but not both"
    for logical, repository in repositories.items():
        if made.resources[logical].get("DeletionPolicy") != "Retain":
            yield f"{logical} goes with its stack"
        if repository["ImageTagMutability"] != "IMMUTABLE":
            yield f"tags of {logical} may change"
        if not repository["ImageScanningConfiguration"]["ScanOnPush"]:
            yield f"{logical} is not scanned"
        kept = [
            rule["selection"]
            for rule in json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
        ]
        if [(one["tagStatus"], one["countNumber"]) for one in kept] != [("tagged", 30), ("untagged", 7)]:
            yield f"{logical} does not keep the last 30"


def imports_are_gone_after_a_day(ecs: Installation) -> Iterator[str]:
    """And are nobody else's meanwhile."""
    (bucket,) = ecs.made("data").of_type("S3::Bucket").values()
    if not all(bucket["PublicAccessBlockConfiguration"].values()):
        yield "the bucket can be made public"
    if [rule.get("ExpirationInDays") for rule in bucket["LifecycleConfiguration"]["Rules"]] != [1]:
        yield "files stay longer than a day"
    (policy,) = ecs.made("data").of_type("S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    if statement["Effect"] != "Deny" or statement["Condition"] != {"Bool": {"aws:SecureTransport": "false"}}:
        yield "files are read without TLS"


def targets_are_asked_whether_they_are_ready(ecs: Installation) -> Iterator[str]:
    """Each application, by the route that says so, and left in time for its last answers."""
    targets = ecs.made("edge").of_type("ElasticLoadBalancingV2::TargetGroup")
    for app in APPS:
        target = targets[app.capitalize()]
        if target["HealthCheckPath"] != health.router.url_path_for("ready"):
            yield f"{app} is asked for {target['HealthCheckPath']}"
        attributes = {one["Key"]: one["Value"] for one in target["TargetGroupAttributes"]}
        if attributes.get("deregistration_delay.timeout_seconds") != "30":
            yield f"{app} is not left after 30 s"
        if attributes.get("load_balancing.algorithm.type") != "least_outstanding_requests":
            yield f"the task of {app} with the fewest requests is not the next"
