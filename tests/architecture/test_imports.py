"""Imports go one way, and each folder keeps to its business."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from architecture.projects import PACKAGES, ROOT, SERVICES

MAY_IMPORT: dict[str, set[str]] = {
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
    """Nor do its comments and texts. HTTP has its POST, and everything has messages."""
    nouns = re.compile(r"(?<![a-z])([Tt]opics?|[Uu]sers?|[Rr]epl(y|ies))(?![a-z])|\b[Pp]osts?\b")
    strays = [
        f"{path.name}:{number}: {line.strip()}"
        for path in PACKAGES["chassis"].rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if nouns.search(line)
    ]
    assert not strays, "\n".join(strays)


@pytest.mark.parametrize("application", [*SERVICES, "web", "router"])
def test_an_application_installed_alone_cannot_import_another(application: str, tmp_path: Path) -> None:
    """As in its image: what it needs is there, and of ours nothing else."""
    uv = str(Path(sys.executable).with_name("uv"))
    sync = [uv, "sync", "--quiet", "--frozen", "--no-dev", "--package", f"forum-{application}"]
    place = {"UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv"), "UV_PYTHON": sys.executable}
    subprocess.run(sync, cwd=ROOT, env=os.environ | place, check=True, timeout=120)
    find = "import importlib.util, sys; print(*(n for n in sys.argv[1:] if importlib.util.find_spec(n)))"
    python = str(tmp_path / "venv/bin/python")
    found = subprocess.run(
        [python, "-c", find, *PACKAGES], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    )
    assert set(found.stdout.split()) == {application} | MAY_IMPORT[application]
    subprocess.run([python, "-c", f"import {application}.__main__"], cwd=tmp_path, check=True, timeout=60)


def test_the_three_services_have_the_same_rooms() -> None:
    rooms = {"main.py", "__main__.py", "settings.py", "api.py", "schemas.py", "models.py", "errors.py"}
    rooms |= {"feeds.py", "loader.py", "migrations"}
    for service in SERVICES:
        assert rooms <= {path.name for path in PACKAGES[service].iterdir()}, service


def test_decisions_are_short() -> None:
    for path in (ROOT / "docs/decisions").glob("*.md"):
        assert len(path.read_text().splitlines()) <= 45, path.name
