"""Imports go one way, and each folder keeps to its business."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "chassis": ROOT / "chassis/chassis",
    "users": ROOT / "services/users/users",
    "topics": ROOT / "services/topics/topics",
    "messages": ROOT / "services/messages/messages",
    "web": ROOT / "web/web",
    "monolith": ROOT / "monolith/monolith",
    "router": ROOT / "router/router",
    "forum": ROOT / "cli/forum",
}
MAY_IMPORT = {
    "chassis": set(),
    "users": {"chassis"},
    "topics": {"chassis"},
    "messages": {"chassis"},
    "web": {"chassis"},
    "router": set(),
    "monolith": {"chassis", "users", "topics", "messages", "web"},
    "forum": {"chassis", "users", "topics", "messages", "monolith", "router", "web"},
}


def imported(package: str) -> dict[str, set[str]]:
    """Which of our packages each file of a package imports."""
    found: dict[str, set[str]] = {}
    for path in PACKAGES[package].rglob("*.py"):
        names = found.setdefault(str(path.relative_to(ROOT)), set())
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return {path: names & set(PACKAGES) for path, names in found.items()}


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_one_way(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package}
    strays = {path: names - allowed for path, names in imported(package).items() if names - allowed}
    assert not strays


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_declares_what_it_imports(package: str) -> None:
    project = (PACKAGES[package].parent / "pyproject.toml").read_text()
    declared = {name.replace("forum-", "") for name in re.findall(r'^  "(forum-\w+)', project, re.M)}
    direct = set().union(*imported(package).values()) - {package}
    reachable = declared | {further for name in declared for further in MAY_IMPORT[name]}
    assert direct <= reachable


def test_the_chassis_knows_no_forum_noun() -> None:
    nouns = re.compile(r"\b(topics?|messages?|users?|repl(y|ies)|posts?)\b", re.I)
    for path in PACKAGES["chassis"].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name | ast.arg | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", "")
                if name in ("message", "Message", "__post_init__"):  # words of ASGI and of dataclasses
                    continue
                assert not nouns.search(name.replace("_", " ")), f"{path.name}: {name}"


def test_the_three_services_have_the_same_rooms() -> None:
    rooms = {"main.py", "__main__.py", "settings.py", "api.py", "schemas.py", "models.py", "errors.py"}
    rooms |= {"feeds.py", "loader.py", "migrations"}
    for service in ("users", "topics", "messages"):
        assert rooms <= {path.name for path in PACKAGES[service].iterdir()}, service


def test_decisions_are_short() -> None:
    for path in (ROOT / "docs/decisions").glob("*.md"):
        assert len(path.read_text().splitlines()) <= 45, path.name
