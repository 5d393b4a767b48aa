"""What the Dockerfile, Compose and ECS say of each application."""

import importlib.util
import re
from typing import Any

import yaml
from architecture.projects import ROOT
from ecs.definitions import DEFINITIONS, container

COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
BUILT = {name: service for name, service in COMPOSE.items() if "build" in service}
ROUTERS = [name for name, service in BUILT.items() if service["build"]["args"]["APP"] == "router"]
USER = re.findall(r"^USER (\S+)$", DOCKERFILE, re.M)[0]
PORT = int(re.findall(r"\bPORT=(\d+)", DOCKERFILE)[0])


def secret_files(part: str) -> dict[str, str]:
    """The files that container/make_secrets.py makes for a part, with values that only tell them apart."""
    spec = importlib.util.spec_from_file_location("make_secrets", ROOT / "container/make_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    files: dict[str, str] = module.shares({name: name for name in module.NAMES})[part]
    return files


def environment(name: str) -> dict[str, str]:
    """All that ECS puts into the environment of a container; its secrets by where they come from."""
    found = container(DEFINITIONS[name])
    plain = {item["name"]: item["value"] for item in found["environment"]}
    return plain | {item["name"]: item["valueFrom"] for item in found["secrets"]}
