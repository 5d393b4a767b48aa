"""The README's costs are those that a plan would show."""

import json
import re
from pathlib import Path

import pytest
from ecs.definitions import APPS, ROOT, definition

from ecs.cost import table

README = (ROOT / "ecs/README.md").read_text()
ROW = re.compile(r"^\| (monolith|split) \| (\w+) \| (\d) \| (\w+) \| (\d+) \| (\d+) \|$", re.M)
TARIFF = json.loads(Path(ROOT / "ecs/prices.json").read_text())


def monthly(topology: str, database: str, tasks: str, egress: str, architecture: str) -> float:
    """US dollars, of the plan's own table."""
    apps = ["monolith"] if topology == "monolith" else [app for app in APPS if app != "monolith"]
    definitions = [definition(app, ARCHITECTURE=architecture) for app in apps]
    settings = {"TASKS": tasks, "MAX_TASKS": tasks, "DATABASE": database, "EGRESS": egress}
    (together,) = (line for line in table(TARIFF, definitions, settings) if line.startswith("  together"))
    return float(together.split()[1])


@pytest.mark.parametrize("row", ROW.findall(README), ids="-".join)
def test_a_row_of_costs_is_what_a_plan_counts(row: tuple[str, ...]) -> None:
    topology, database, tasks, egress, arm, x86 = row
    for architecture, written in (("ARM64", arm), ("X86_64", x86)):
        counted = monthly(topology, database, tasks, egress, architecture)
        assert counted == pytest.approx(float(written), abs=0.5)


def test_both_topologies_and_every_way_out_have_a_row() -> None:
    rows = ROW.findall(README)
    assert {row[0] for row in rows} == {"monolith", "split"}
    assert {row[3] for row in rows} == {"public", "nat", "endpoints"}
