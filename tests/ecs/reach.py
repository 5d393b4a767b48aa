"""Who may connect to whom, worked out from subnets and security groups as they are worn."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import product
from typing import Any

from ecs.files import APPS, NAME, Installation
from ecs.templates import Made, linked

SOMEWHERE = "203.0.113.0/24"  # stands for the world (RFC 5737)
Edge = tuple[str, str, str]


@dataclass(frozen=True)
class Party:
    """Something with addresses in `blocks` that wears security groups; the world wears none."""

    name: str
    blocks: frozenset[str]
    groups: frozenset[str]


def only_neighbours_connect(ecs: Installation) -> Iterator[str]:
    """The world → balancer → tasks → database; peers to tasks; tasks to AWS; the database to itself; nobody
    else."""
    for parameters in ecs.choices("network"):
        network = ecs.made("network", **parameters)
        allowed, wanted = edges(network, list(parties(ecs, network))), expected(**parameters)
        for source, target, port in sorted(allowed - wanted):
            yield f"{source} may connect to {target} on {port} ({parameters})"
        for source, target, port in sorted(wanted - allowed):
            yield f"{source} cannot connect to {target} on {port} ({parameters})"


def expected(Egress: str, Database: str, Certificate: str, **_: str) -> set[Edge]:  # noqa: N803
    askers = ("peer", "side", "once")
    tasks = ("alone", *askers)
    own_address = "443" if Certificate else "80"
    way_out = {"443", own_address} | ({"5432"} if Database == "existing" else set())
    return {
        ("world", "balancer", "80"),
        *product(askers, tasks, ["8000-8001"]),
        ("database", "database", "5432"),
        ("world", "balancer", own_address),
        *(("balancer", task, "8000") for task in tasks),
        *((task, "database", "5432") for task in tasks),
        *((task, "balancer", own_address) for task in tasks),
        *((task, "world", port) for task in tasks for port in way_out),
        *((task, "endpoint", "443") for task in tasks if Egress == "endpoints"),
    }


def parties(ecs: Installation, network: Made) -> Iterator[Party]:
    """The world, and everything that is put into the network, as its own stack puts it there."""

    def party(name: str, subnets: list[str], groups: list[str]) -> Party:
        ids = ",".join(linked(subnets, network.exports)).split(",")
        blocks = {network.resources[place.removeprefix("@")]["Properties"]["CidrBlock"] for place in ids}
        named = linked(groups, network.exports)
        worn = {one.removeprefix("@").removesuffix(".GroupId") for one in named}
        return Party(name, frozenset(blocks), frozenset(worn))

    yield Party("world", frozenset({SOMEWHERE}), frozenset())
    (balancer,) = ecs.made("edge").of_type("ElasticLoadBalancingV2::LoadBalancer").values()
    yield party("balancer", balancer["Subnets"], balancer["SecurityGroups"])
    seen = set()
    for app, names in product(APPS, ("", "ns-1")):
        (service,) = ecs.made("service", App=app, Names=names).of_type("ECS::Service").values()
        worn = service["NetworkConfiguration"]["AwsvpcConfiguration"]
        is_side = (app, names) == ("monolith", "ns-1")
        name = "peer" if app in ("users", "topics", "messages") else "side" if is_side else "alone"
        seen.add(party(name, worn["Subnets"], worn["SecurityGroups"]))
    (groups,) = re.findall(r"securityGroups=\[([^=]+)\],assign", ecs.files["tasks.sh"])  # of one-off tasks
    worn = [f"={NAME}-{group}" for group in re.findall(r"EXPORTS\[([a-z-]+)]", groups)]
    seen.add(party("once", [f"={NAME}-task-subnets"], worn))
    yield from seen
    for kind in ("aurora", "rds"):
        data = ecs.made("data", Database=kind)
        (subnets,) = data.of_type("RDS::DBSubnetGroup").values()
        for properties in (data.of_type("RDS::DBCluster") | data.of_type("RDS::DBInstance")).values():
            if groups := properties.get("VpcSecurityGroupIds") or properties.get("VPCSecurityGroups"):
                yield party("database", subnets["SubnetIds"], groups)
    for endpoint in network.of_type("EC2::VPCEndpoint").values():
        if endpoint["VpcEndpointType"] == "Interface":
            yield party("endpoint", endpoint["SubnetIds"], endpoint["SecurityGroupIds"])


def edges(network: Made, parties: list[Party]) -> set[Edge]:
    """Source, target and port of every connection that both sides let through."""
    groups = network.of_type("EC2::SecurityGroup")
    return {
        (source.name, target.name, ports)
        for source, target in product(parties, repeat=2)
        if source.groups | target.groups  # not the world and itself
        for sent in _rules(groups, source, "Egress")
        for taken in _rules(groups, target, "Ingress")
        if _covers(sent, "Destination", target) and _covers(taken, "Source", source)
        if (ports := _overlap(sent, taken))
    }


def _rules(groups: dict[str, dict[str, Any]], party: Party, way: str) -> list[dict[str, Any]]:
    """What a party lets out or in; who wears no group, everything."""
    if not party.groups:
        return [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]
    return [rule for name in party.groups for rule in groups[name].get(f"SecurityGroup{way}", [])]


def _covers(rule: dict[str, Any], side: str, party: Party) -> bool:
    """Whether a rule is about a party, by its groups or by its addresses."""
    if group := rule.get(f"{side}SecurityGroupId"):
        return group.removeprefix("@").removesuffix(".GroupId") in party.groups
    return any(ip_network(block).overlaps(ip_network(rule["CidrIp"])) for block in party.blocks)


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> str:
    """The ports of TCP that two rules have in common, as text; empty for none."""
    if not {one["IpProtocol"], other["IpProtocol"]} <= {"tcp", "-1"}:
        return ""
    low = max(rule.get("FromPort", 0) for rule in (one, other))
    high = min(rule.get("ToPort", 65535) for rule in (one, other))
    return "" if low > high else str(low) if low == high else f"{low}-{high}"


def only_the_balancer_and_tasks_that_may_lead_out(ecs: Installation) -> Iterator[str]:
    """Where each subnet's default route goes; databases have none."""
    for parameters in ecs.choices("network"):
        network = ecs.made("network", **parameters)
        associations = network.of_type("EC2::SubnetRouteTableAssociation").values()
        table = {one["SubnetId"]: one["RouteTableId"] for one in associations}
        default = {
            route["RouteTableId"]: route.get("GatewayId") or route.get("NatGatewayId")
            for route in network.of_type("EC2::Route").values()
        }
        for zone in ("1", "2"):
            tasks = {"public": "@Internet", "nat": f"@Nat{zone}", "endpoints": None}[parameters["Egress"]]
            for kind, wanted in (("Public", "@Internet"), ("Task", tasks), ("Database", None)):
                there = default.get(table.get(f"@{kind}Subnet{zone}", ""))
                if there != wanted:
                    yield f"{kind}Subnet{zone} leads to {there}, not {wanted} ({parameters})"
        if (network.exports["forum-public-ip"] == "ENABLED") != (parameters["Egress"] == "public"):
            yield f"tasks have public addresses where they need none, or none where they do ({parameters})"
