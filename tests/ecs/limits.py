"""What a load balancer takes, and what its listener rules and target groups must be besides.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

from ecs.api import refusals
from ecs.files import APPS, NAME, Installation
from ecs.templates import linked

from chassis.serve import KEEP_ALIVE_SECONDS
from router.check import MAX_GROUPS, MAX_PRIORITY, MAX_RULES, MAX_VALUES, MAX_WILDCARDS, SENSIBLE_PATTERNS

REGISTRY = "ServiceDiscovery::Service"
RULE = "ElasticLoadBalancingV2::ListenerRule"


def rules_are_within_limits(ecs: Installation) -> Iterator[str]:
    """100 rules, priorities that differ, 5 values and wildcards, 3 patterns, 5 groups, in percent."""
    for made in ecs.variants("routing"):
        rules = made.of_type(RULE)
        if len(rules) > MAX_RULES:
            yield f"{len(rules)} rules; a load balancer takes {MAX_RULES}"
        for priority, count in Counter(int(rule["Priority"]) for rule in rules.values()).items():
            if count > 1 or not 1 <= priority <= MAX_PRIORITY:
                yield f"priority {priority} of {count} rules; each has its own, from 1 to {MAX_PRIORITY}"
        for logical, rule in rules.items():
            yield from (f"{logical}: {problem}" for problem in _rule(rule))


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    configs = [next(value for key, value in part.items() if key != "Field") for part in rule["Conditions"]]
    values = [value for config in configs for value in config["Values"]]
    if len(values) > MAX_VALUES:
        yield f"{len(values)} values; a rule takes {MAX_VALUES}"
    if (wildcards := sum(value.count("*") + value.count("?") for value in values)) > MAX_WILDCARDS:
        yield f"{wildcards} wildcards; a rule takes {MAX_WILDCARDS}"
    for part in rule["Conditions"]:
        if len(part.get("PathPatternConfig", {}).get("Values", [])) > SENSIBLE_PATTERNS:
            yield f"more than {SENSIBLE_PATTERNS} path patterns"
    for action in rule["Actions"]:
        if action["Type"] == "forward":
            yield from _groups(action["ForwardConfig"]["TargetGroups"])


def _groups(groups: list[dict[str, Any]]) -> Iterator[str]:
    if len(groups) > MAX_GROUPS:
        yield f"{len(groups)} target groups; a rule takes {MAX_GROUPS}"
    weights = [int(group["Weight"]) for group in groups]
    if sum(weights) != 100:
        yield f"weights of {sum(weights)} together, not 100"
    if weights[1:].count(100):
        yield "the target group that has all does not come first"


def every_target_group_stands_in_a_rule(ecs: Installation) -> Iterator[str]:
    """In every choice of who serves what: ECS makes no service for a target group without a load balancer."""
    for made in ecs.variants("routing"):
        groups = {
            group["TargetGroupArn"]
            for rule in made.of_type(RULE).values()
            for action in rule["Actions"]
            for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
        }
        for app in APPS:
            if f"=forum-target-{app}" not in groups:
                yield f"no rule names the target group of {app}"


def ports_agree(ecs: Installation) -> Iterator[str]:
    """Target groups, services and task definitions mean the same port; Service Connect the private one."""
    targets = ecs.made("edge").of_type("ElasticLoadBalancingV2::TargetGroup")
    for app in APPS:
        (container,) = (one for one in ecs.task(app)["containerDefinitions"] if one["name"] == app)
        ports = {mapping["name"]: mapping["containerPort"] for mapping in container["portMappings"]}
        (service,) = ecs.made("service", App=app).of_type("ECS::Service").values()
        (balanced,) = service["LoadBalancers"]
        if balanced["ContainerName"] != app:
            yield f"the service of {app} sends requests to the container {balanced['ContainerName']}"
        for where, port in (
            ("target group", targets[app.capitalize()]["Port"]),
            ("service", balanced["ContainerPort"]),
        ):
            if port != ports["public"]:
                yield f"the {where} of {app} has port {port}, its task {ports['public']}"
        for offer in service.get("ServiceConnectConfiguration", {}).get("Services", []):
            if offer["ClientAliases"] != [{"DnsName": app, "Port": ports.get(offer["PortName"])}]:
                yield f"{app} is not offered as {app}:{ports.get(offer['PortName'])}"


def sides_of_a_move_are_named(ecs: Installation) -> Iterator[str]:
    """As `forum cutover` asks for them, each while a move goes on, and none but the service itself."""
    (namespace,) = ecs.made("names").of_type("ServiceDiscovery::PrivateDnsNamespace").values()
    (container,) = ecs.task("forum")["containerDefinitions"]
    told = {entry["name"]: entry["value"] for entry in container["environment"]}
    for app, canary, space in product(APPS, ("false", "true"), ("", "ns-1")):
        made = ecs.made("service", App=app, Canary=canary, Names=space)
        (service,) = made.of_type("ECS::Service").values()
        names = {f"@{logical}.Arn": one["Name"] for logical, one in made.of_type(REGISTRY).items()}
        found = [names[registry["RegistryArn"]] for registry in service.get("ServiceRegistries", [])]
        wanted = [app] if (canary, space) == ("false", "ns-1") and app != "web" else []
        if found != wanted:
            yield f"{app} has the names {found} (canary: {canary}, namespace: {space})"
        address = f"http://{app}.{namespace['Name'].replace(NAME, '${NAME}')}:8000"
        if wanted and told.get(f"{app.upper()}_PEER") != address:
            yield f"forum cutover asks for {app} elsewhere than at {address}"


def idle_connections_are_closed_by_the_balancer(ecs: Installation) -> Iterator[str]:
    """Before the application does it: an answer on a connection that closes is 502."""
    for made in ecs.variants("edge"):
        (balancer,) = made.of_type("ElasticLoadBalancingV2::LoadBalancer").values()
        attributes = {one["Key"]: one["Value"] for one in balancer["LoadBalancerAttributes"]}
        if (idle := int(attributes["idle_timeout.timeout_seconds"])) + 10 > KEEP_ALIVE_SECONDS:
            yield f"the balancer keeps idle connections {idle} s, applications {KEEP_ALIVE_SECONDS} s"


def the_api_would_take_it(ecs: Installation) -> Iterator[str]:
    """Services are input of CreateService, listener rules of CreateRule."""
    network = ecs.made("network").exports
    for made in ecs.variants("service"):
        for service in made.of_type("ECS::Service").values():
            count = {"DesiredCount": int(service["DesiredCount"])} if "DesiredCount" in service else {}
            yield from refusals("ecs", "CreateService", _camel(linked(service | count, network)))
    for made in ecs.variants("routing"):
        for rule in made.of_type(RULE).values():
            yield from refusals("elbv2", "CreateRule", _weighed(rule))


def _weighed(value: Any) -> Any:
    """With weights as numbers, which CloudFormation makes of parameters and mappings."""
    if isinstance(value, dict):
        return {key: int(inner) if key == "Weight" else _weighed(inner) for key, inner in value.items()}
    return [_weighed(inner) for inner in value] if isinstance(value, list) else value


def _camel(value: Any) -> Any:
    """The names of ECS's API, which are those of CloudFormation with a small first letter."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _camel(inner) for key, inner in value.items()}
    return [_camel(inner) for inner in value] if isinstance(value, list) else value
