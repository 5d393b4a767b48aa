"""The task definitions as they would be registered, with made-up values."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecs.render import PLACEHOLDER, rendered

ROOT = Path(__file__).parents[2]
TASKS = ROOT / "ecs/tasks"
DATABASES = {"monolith": "forum", "users": "users", "topics": "topics", "messages": "messages"}
APPS = [*DATABASES, "web"]
PLACEHOLDERS = {name for file in TASKS.glob("*.json") for name in PLACEHOLDER.findall(file.read_text())}
VALUES = {
    "NAME": "forum",
    "REGION": "eu-central-1",
    "ARCHITECTURE": "ARM64",
    "EXECUTION_ROLE": "arn:aws:iam::123456789012:role/forum-execution",
    "DATABASE_HOST": "database.example",
    "FORUM_URL": "https://forum.example",
    "SITE_NAME": "Forum",
    "TOPOLOGY": "split",
    "IMAGE": f"registry.example/forum@sha256:{'0' * 64}",
} | {
    name: f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{name.lower().replace('_', '-')}-AbCdEf"
    for name in PLACEHOLDERS
    if name.startswith("SECRET_")
}


def definition(name: str, **values: str) -> dict[str, Any]:
    """One of `ecs/tasks`, or `migrate-APP`; `values` go before the made-up ones."""
    file, _, app = name.partition("-")
    of_app = {"APP": app, "DATABASE": DATABASES[app]} if app else {}
    found: dict[str, Any] = json.loads(rendered(TASKS / f"{file}.json", VALUES | of_app | values))
    return found


def container(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Its one container."""
    (only,) = definition["containerDefinitions"]
    found: dict[str, Any] = only
    return found


DEFINITIONS = {name: definition(name) for name in [*APPS, "forum", *(f"migrate-{app}" for app in DATABASES)]}
