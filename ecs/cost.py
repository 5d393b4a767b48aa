#!/usr/bin/env python3
"""Prints what an installation costs a month, line by line.

    TASKS=2 MAX_TASKS=6 EGRESS=public DATABASE=aurora python3 ecs/cost.py DEFINITION.json…

One rendered task definition for each service. Prices are those of prices.json, which says where each was
found and when. Needs nothing but Python 3.9.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ZONES = 2
SECRETS = 9  # of stacks/data.yaml
ENDPOINTS = 4  # of stacks/network.yaml: interface endpoints, in each zone
ALARMS_OF_AN_APPLICATION = 4  # of stacks/alarms.yaml
ALARMS_OF_ALL = 2
ALARMS_OF_A_DATABASE = {"aurora": 1, "rds": 2, "existing": 0}
AURORA_UNITS = 0.5  # what stacks/data.yaml keeps at least
RDS_GB = 20

Line = tuple[str, float]


def main(files: list[str]) -> None:
    """Prints the table."""
    tariff = json.loads(Path(__file__).with_name("prices.json").read_text(encoding="utf-8"))
    definitions = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files]
    sys.stdout.write("\n".join(table(tariff, definitions, os.environ)) + "\n")


def table(
    tariff: Mapping[str, Any], definitions: list[dict[str, Any]], settings: Mapping[str, str]
) -> list[str]:
    """The lines of the table: what is paid all month, their sum, and what use adds."""
    prices = {name: monthly(entry, tariff["hours"]) for name, entry in tariff["fixed"].items()}
    tasks, most = int(settings["TASKS"]), int(settings["MAX_TASKS"])
    fixed = [*services(prices, definitions, tasks), *around(prices, definitions, settings)]
    total = sum(price for _, price in fixed)
    by_use = [f"{name} ${entry['price']:g} a {entry['per']}" for name, entry in tariff["by use"].items()]
    lines = [
        f"Monthly cost in {tariff['currency']}, prices of {tariff['region']} in {tariff['month']}",
        *(f"  {name:<48}{price:10.2f}" for name, price in fixed),
        f"  {'together':<48}{total:10.2f}",
    ]
    if most > tasks:
        further = sum(price for _, price in services(prices, definitions, most - tasks))
        if settings["EGRESS"] == "public":
            further += (most - tasks) * len(definitions) * prices["public address"]
        lines.append(f"  {f'with {most} tasks of each service, all month':<48}{total + further:10.2f}")
    return [*lines, f"Use adds: {', '.join(by_use)}."]


def monthly(entry: Mapping[str, Any], hours: float) -> float:
    """A price as that of a whole month."""
    return float(entry["price"]) * (hours if entry["per"] == "hour" else 1)


def services(prices: Mapping[str, float], definitions: list[dict[str, Any]], tasks: int) -> Iterator[Line]:
    """Each service: so many tasks of its size."""
    for definition in definitions:
        cpus, memory = int(definition["cpu"]) / 1024, int(definition["memory"]) / 1024
        kind = definition["runtimePlatform"]["cpuArchitecture"]
        name = definition["containerDefinitions"][0]["name"]
        of_one = cpus * prices[f"vCPU of {kind}"] + memory * prices[f"GB of {kind}"]
        yield f"{name}: {tasks} × {cpus:g} vCPU, {memory:g} GB ({kind})", tasks * of_one


def around(
    prices: Mapping[str, float], definitions: list[dict[str, Any]], settings: Mapping[str, str]
) -> Iterator[Line]:
    """What services need: the way in, the way out, data, secrets, and eyes on it all."""
    egress, database = settings["EGRESS"], settings["DATABASE"]
    yield "load balancer", prices["load balancer"]
    addresses = ZONES  # the load balancer's
    if egress == "public":
        addresses += int(settings["TASKS"]) * len(definitions)
    elif egress == "nat":
        addresses += ZONES
        yield f"NAT gateways: {ZONES}", ZONES * prices["NAT gateway"]
    else:
        endpoints = ENDPOINTS * ZONES
        yield f"interface endpoints: {endpoints}", endpoints * prices["interface endpoint"]
    yield f"public addresses: {addresses}", addresses * prices["public address"]
    if database == "aurora":
        yield f"Aurora Serverless v2 at {AURORA_UNITS} units", AURORA_UNITS * prices["Aurora capacity unit"]
    elif database == "rds":
        yield f"RDS db.t4g.small, {RDS_GB} GB", prices["db.t4g.small"] + RDS_GB * prices["GB of gp3"]
    secrets = SECRETS + (database != "existing")  # the administrator's
    yield f"secrets: {secrets}", secrets * prices["secret"]
    alarms = ALARMS_OF_AN_APPLICATION * len(definitions) + ALARMS_OF_ALL + ALARMS_OF_A_DATABASE[database]
    yield f"alarms: {alarms}, and a dashboard", alarms * prices["alarm"] + prices["dashboard"]


if __name__ == "__main__":
    main(sys.argv[1:])
