"""The stacks obey AWS's limits and agree with each other, with tasks and applications. That each rule finds a
mistake is tested by planting one."""

from collections.abc import Callable, Iterator

import pytest
from ecs.agreement import (
    deployments_watch_alarms,
    logs_have_their_groups,
    roles_are_narrow,
    roles_read_the_secrets_of_their_tasks,
    what_is_imported_is_exported,
)
from ecs.files import Installation, texts
from ecs.keeping import (
    databases_are_kept,
    images_are_kept,
    imports_are_gone_after_a_day,
    targets_are_asked_whether_they_are_ready,
)
from ecs.limits import (
    every_target_group_stands_in_a_rule,
    idle_connections_are_closed_by_the_balancer,
    ports_agree,
    rules_are_within_limits,
    sides_of_a_move_are_named,
    the_api_would_take_it,
)
from ecs.reach import only_neighbours_connect, only_the_balancer_and_tasks_that_may_lead_out
from ecs.release import the_release_role_fits_the_scripts

from router import cloudformation, rules

Rule = Callable[[Installation], Iterator[str]]

FILES = texts()
RULES: tuple[Rule, ...] = (
    the_api_would_take_it,
    rules_are_within_limits,
    every_target_group_stands_in_a_rule,
    ports_agree,
    sides_of_a_move_are_named,
    idle_connections_are_closed_by_the_balancer,
    only_neighbours_connect,
    only_the_balancer_and_tasks_that_may_lead_out,
    what_is_imported_is_exported,
    logs_have_their_groups,
    deployments_watch_alarms,
    roles_read_the_secrets_of_their_tasks,
    roles_are_narrow,
    the_release_role_fits_the_scripts,
    databases_are_kept,
    images_are_kept,
    imports_are_gone_after_a_day,
    targets_are_asked_whether_they_are_ready,
)

# Rule, file, what stands there, what is planted in its place, what the rule must say.
PLANTED: list[tuple[Rule, str, str, str, str]] = [
    (the_api_would_take_it, "service", "MaximumPercent:", "MaximalPercent:", '"maximalPercent"'),
    (the_api_would_take_it, "service", "Rebalancing: ENABLED", "Rebalancing: DAILY", "Rebalancing: DAILY"),
    (the_api_would_take_it, "routing", "Type: forward", "Type: send", "ActionTypeEnum: send"),
    (rules_are_within_limits, "routing", "Priority: 20\n", "Priority: 10\n", "priority 10 of 2 rules"),
    (rules_are_within_limits, "routing", "Priority: 20\n", "Priority: 50001\n", "priority 50001"),
    (rules_are_within_limits, "routing", '"/metrics",', '"/a", "/b", "/metrics",', "3 path patterns"),
    (rules_are_within_limits, "routing", '"/metrics",', '"/1", "/2", "/3", "/4", "/5",', "6 values"),
    (rules_are_within_limits, "routing", '"/metrics/*"', '"/*/*/*/*/*/*"', "6 wildcards"),
    (rules_are_within_limits, "routing", 'Percent: "90"', 'Percent: "9"', "weights of 19 together"),
    (rules_are_within_limits, "routing", '!Ref Users, "100"', '!Ref Users, "0"', "all does not come first"),
    (every_target_group_stands_in_a_rule, "routing", "-target-topics", "-target-web", "group of topics"),
    (ports_agree, "edge", "Port: 8000", "Port: 8001", "target group of monolith has port 8001"),
    (ports_agree, "service", "ContainerPort: 8000", "ContainerPort: 8001", "service of web has port 8001"),
    (ports_agree, "service", "Port: 8001", "Port: 8000", "users is not offered as users:8001"),
    (ports_agree, "service", "ContainerName: !Ref App", "ContainerName: app", "to the container app"),
    (sides_of_a_move_are_named, "service", ", web]]]", ", monolith]]]", "web has the names"),
    (sides_of_a_move_are_named, "service", "!Condition Canary]]", "!Condition Peer]]", "users has the"),
    (sides_of_a_move_are_named, "names", ".internal", ".local", "asks for users elsewhere than at http://users"),
    (idle_connections_are_closed_by_the_balancer, "edge", 'Value: "60"', 'Value: "75"', "connections 75 s"),
    (
        only_neighbours_connect, "network", "SourceSecurityGroupId: !Ref TaskGroup", "CidrIp: 0.0.0.0/0",
        "world may connect to database on 5432",
    ),
    (
        only_neighbours_connect, "network",
        "FromPort: 8000, ToPort: 8000, SourceSecurityGroupId: !Ref BalancerGroup",
        "FromPort: 0, ToPort: 65535, CidrIp: 0.0.0.0/0", "world may connect to alone on 0-65535",
    ),
    (
        only_neighbours_connect, "network",
        "- { Description: Nobody, IpProtocol: icmp, FromPort: -1, ToPort: -1, CidrIp: 127.0.0.1/32 }",
        '- { Description: Anybody, IpProtocol: "-1", CidrIp: 0.0.0.0/0 }', "database may connect to world",
    ),
    (only_neighbours_connect, "service", "-peers-group", "-task-group", "peer cannot connect to peer"),
    (
        only_the_balancer_and_tasks_that_may_lead_out, "network",
        "RouteTableId: !Ref TaskRoutes1, SubnetId", "RouteTableId: !Ref PublicRoutes, SubnetId",
        "TaskSubnet1 leads to @Internet, not @Nat1",
    ),
    (
        only_the_balancer_and_tasks_that_may_lead_out, "network",
        "ENABLED, DISABLED", "DISABLED, ENABLED", "tasks have public addresses where they need none",
    ),
    (what_is_imported_is_exported, "cluster", "-namespace", "-names", "forum-namespace is imported, but"),
    (only_neighbours_connect, "service", "!Condition Side]", "!Condition Canary]", "side cannot connect to"),
    (only_neighbours_connect, "network", "!Ref ReplicationGroup", "!Ref PeersGroup", "database cannot"),
    (what_is_imported_is_exported, "cluster", "-namespace", "-space", "forum-space is exported, but"),
    (logs_have_their_groups, "cluster", '"/${Name}/web"', '"/${Name}/www"', "makes the log group /forum/web"),
    (logs_have_their_groups, "cluster", "!GetAtt WebLogs", "!GetAtt ForumLogs", "role of web may not write"),
    (logs_have_their_groups, "cluster", "RetentionInDays: 30", "RetentionInDays: 7", "does not keep 30 days"),
    (deployments_watch_alarms, "alarms", "${App}-latency", "${App}-slow", "web watches forum-web-latency"),
    (deployments_watch_alarms, "service", "Rollback: true }", "Rollback: false }", "not go back by"),
    (
        roles_read_the_secrets_of_their_tasks, "cluster", "-secret-caller-web", "-secret-caller-topics",
        "the role of web may not read caller-web",
    ),
    (
        roles_read_the_secrets_of_their_tasks, "cluster", "-secret-caller-web", "-secret-caller-topics",
        "the role of web may read caller-topics for nothing",
    ),
    (roles_are_narrow, "cluster", "secretsmanager:GetSecretValue", '"secretsmanager:*"', "secretsmanager:*"),
    (roles_are_narrow, "cluster", "!GetAtt WebLogs.Arn", '"*"', "may do logs:PutLogEvents to everything"),
    (roles_are_narrow, "cluster", "aws:SourceAccount", "aws:RequestTag/a", "taken from any account"),
    (roles_are_narrow, "ci", "iam:PassedToService", "aws:RequestTag/a", "may hand roles to anybody"),
    (roles_are_narrow, "ci", "      MaxSessionDuration: 3600", "      ManagedPolicyArns: [a]", "AWS's"),
    (the_release_role_fits_the_scripts, "ci", "ecs:RunTask", "ecs:StartTask", "release needs ecs:RunTask"),
    (the_release_role_fits_the_scripts, "ci", "ecs:RunTask", "ecs:StartTask", "no release needs ecs:Start"),
    (databases_are_kept, "data", "DeletionPolicy: Snapshot", "DeletionPolicy: Retain", "Policy is Retain"),
    (databases_are_kept, "data", "rds.force_ssl: \"1\"", "rds.force_ssl: \"0\"", "force_ssl of aurora is"),
    (databases_are_kept, "data", "Accessible: false", "Accessible: true", "Instance has a public address"),
    (databases_are_kept, "data", "Encrypted: true", "Encrypted: false", "Instance: StorageEncrypted is not"),
    (images_are_kept, "registry", "/forum", "/command", "forum/command is a repository"),
    (images_are_kept, "registry", "DeletionPolicy: Retain", "DeletionPolicy: Delete", "goes with its stack"),
    (images_are_kept, "registry", ": IMMUTABLE", ": MUTABLE", "tags of Monolith may change"),
    (images_are_kept, "registry", "ScanOnPush: true", "ScanOnPush: false", "Web is not scanned"),
    (images_are_kept, "registry", '"countNumber": 30', '"countNumber": 3', "keep the last 30"),
    (imports_are_gone_after_a_day, "data", "Policy: true", "Policy: false", "can be made public"),
    (imports_are_gone_after_a_day, "data", "InDays: 1", "InDays: 2", "stay longer than a day"),
    (imports_are_gone_after_a_day, "data", "Effect: Deny", "Effect: Allow", "read without TLS"),
    (targets_are_asked_whether_they_are_ready, "edge", "/health/ready", "/health", "asked for /health"),
    (targets_are_asked_whether_they_are_ready, "edge", '"30"', '"300"', "users is not left after 30 s"),
    (targets_are_asked_whether_they_are_ready, "edge", "least_outstanding_requests", "round_robin", "fewest"),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_the_stacks_obey(rule: Rule) -> None:
    assert list(rule(Installation(FILES))) == []


@pytest.mark.parametrize(("rule", "stack", "there", "planted", "said"), PLANTED)
def test_a_planted_mistake_is_found(rule: Rule, stack: str, there: str, planted: str, said: str) -> None:
    path = f"stacks/{stack}.yaml"
    assert there in FILES[path]
    found = list(rule(Installation(FILES | {path: FILES[path].replace(there, planted)})))
    assert any(said in problem for problem in found), found


def test_a_mistake_is_planted_for_every_rule() -> None:
    assert {planted[0] for planted in PLANTED} == set(RULES)


def test_routing_is_what_the_rules_of_the_router_make() -> None:
    assert FILES["stacks/routing.yaml"] == cloudformation.render(rules.load())
