"""The monthly cost, against sums done by hand, and what is counted against the templates that make it."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from ecs.definitions import APPS, ROOT, definition
from ecs.templates import read

from ecs import cost

TARIFF = json.loads((ROOT / "ecs/prices.json").read_text())
SETTINGS = {"TASKS": "2", "MAX_TASKS": "2", "EGRESS": "public", "DATABASE": "existing"}
SPLIT = [app for app in APPS if app != "monolith"]


def lines(apps: Iterable[str], architecture: str = "ARM64", **settings: str) -> dict[str, float]:
    """The table as what → US dollars a month."""
    definitions = [definition(app, ARCHITECTURE=architecture) for app in apps]
    rows = cost.table(TARIFF, definitions, SETTINGS | settings)[1:-1]
    return {name.strip(): float(price) for name, price in (row.rsplit(maxsplit=1) for row in rows)}


def resources(stack: str) -> dict[str, Any]:
    return dict(read((ROOT / "ecs/stacks" / f"{stack}.yaml").read_text())["Resources"])


def of_type(kind: str, among: dict[str, Any]) -> list[dict[str, Any]]:
    """The properties of each."""
    return [one["Properties"] for one in among.values() if one["Type"] == f"AWS::{kind}"]


@pytest.mark.parametrize(
    ("cpu", "memory", "architecture", "dollars"),
    [
        ("256", "512", "X86_64", 9.01),  # 730 × (0.25 × 0.04048 + 0.5 × 0.004445)
        ("256", "512", "ARM64", 7.21),  # 730 × (0.25 × 0.03238 + 0.5 × 0.00356)
        ("512", "1024", "X86_64", 18.02),
        ("512", "1024", "ARM64", 14.42),
        ("1024", "2048", "X86_64", 36.04),
    ],
)
def test_a_task_costs_its_size(cpu: str, memory: str, architecture: str, dollars: float) -> None:
    sized: dict[str, Any] = definition("users", ARCHITECTURE=architecture) | {"cpu": cpu, "memory": memory}
    prices = {name: cost.monthly(entry, TARIFF["hours"]) for name, entry in TARIFF["fixed"].items()}
    ((_, one),) = cost.services(prices, [sized], tasks=1)
    ((_, five),) = cost.services(prices, [sized], tasks=5)
    assert one == pytest.approx(dollars, abs=0.005)
    assert five == pytest.approx(5 * one)


def test_a_monolith_on_an_existing_database_comes_to_its_sum() -> None:
    assert lines(["monolith"]) == {
        "monolith: 2 × 0.25 vCPU, 0.5 GB (ARM64)": 14.42,
        "load balancer": 16.43,  # 730 × 0.0225, 16.425
        "public addresses: 4": 14.60,  # two of the load balancer, one of each task, at 3.65
        "secrets: 9": 3.60,
        "alarms: 6, and a dashboard": 3.60,
        "together": 52.64,
    }


@pytest.mark.parametrize(
    ("settings", "added"),
    [
        ({"DATABASE": "aurora"}, {"Aurora Serverless v2 at 0.5 units": 43.80, "secrets: 10": 4.00}),
        ({"DATABASE": "rds"}, {"RDS db.t4g.small, 20 GB": 25.66, "secrets: 10": 4.00}),  # 23.36 + 2.30
        ({"EGRESS": "nat"}, {"NAT gateways: 2": 65.70, "public addresses: 4": 14.60}),
        ({"EGRESS": "endpoints"}, {"interface endpoints: 8": 58.40, "public addresses: 2": 7.30}),
        ({"TASKS": "1", "MAX_TASKS": "3"}, {"with 3 tasks of each service, all month": 63.50}),
    ],
)
def test_each_choice_has_its_price(settings: dict[str, str], added: dict[str, float]) -> None:
    found = lines(["monolith"], **settings)
    assert added.items() <= found.items()
    parts = [price for name, price in found.items() if name != "together" and not name.startswith("with")]
    assert found["together"] == pytest.approx(sum(parts), abs=0.03)


def test_the_split_pays_for_each_service() -> None:
    found = lines(SPLIT)
    assert [name.partition(":")[0] for name in found][:4] == SPLIT
    assert "public addresses: 10" in found
    assert "alarms: 18, and a dashboard" in found


def test_what_is_counted_is_what_the_templates_make() -> None:
    data, network = resources("data"), resources("network")
    assert len(of_type("SecretsManager::Secret", data)) == cost.SECRETS
    interfaces = [
        end for end in of_type("EC2::VPCEndpoint", network) if end["VpcEndpointType"] == "Interface"
    ]
    assert len(interfaces) == cost.ENDPOINTS
    assert len(of_type("EC2::NatGateway", network)) == cost.ZONES
    (cluster,) = of_type("RDS::DBCluster", data)
    assert cluster["ServerlessV2ScalingConfiguration"]["MinCapacity"] == cost.AURORA_UNITS
    (instance,) = (one for one in of_type("RDS::DBInstance", data) if "AllocatedStorage" in one)
    assert (instance["DBInstanceClass"], instance["AllocatedStorage"]) == ("db.t4g.small", str(cost.RDS_GB))


def test_alarms_are_counted_by_what_they_watch() -> None:
    alarms = resources("alarms")
    (_, _, of_each) = alarms.pop("Fn::ForEach::Application")
    assert len(of_type("CloudWatch::Alarm", of_each)) == cost.ALARMS_OF_AN_APPLICATION
    of_all = [
        alarm.get("Condition", "") for alarm in alarms.values() if alarm["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert of_all.count("") == cost.ALARMS_OF_ALL
    found = {database: of_all.count(database.title()) for database in cost.ALARMS_OF_A_DATABASE}
    assert found == cost.ALARMS_OF_A_DATABASE
    assert len(of_type("CloudWatch::Dashboard", alarms)) == 1


@pytest.mark.parametrize("name", [*TARIFF["fixed"], *TARIFF["by use"]])
def test_a_price_says_where_and_when_it_was_found(name: str) -> None:
    price = (TARIFF["fixed"] | TARIFF["by use"])[name]
    assert price["price"] > 0
    assert price["source"].startswith("https://")
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", price["seen"])
    assert price["seen"][:7] <= TARIFF["month"]
    assert name in TARIFF["by use"] or price["per"] in ("hour", "month")
