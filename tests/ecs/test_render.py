"""ecs/render.py fills in a task definition whole, or says in a line what it lacks."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from ecs.definitions import DEFINITIONS, ROOT, TASKS, VALUES, container, definition

from ecs.render import LABEL, Refused, rendered, values_from

SCRIPT = ROOT / "ecs/render.py"
WEB = TASKS / "web.json"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_prints_what_can_be_registered() -> None:
    done = command(str(WEB), *(f"{key}={value}" for key, value in VALUES.items()))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == DEFINITIONS["web"]


def test_what_is_wrong_is_said_in_one_line() -> None:
    done = command(str(WEB), "NAME=forum")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("render.py: web.json needs a value for ARCHITECTURE, EXECUTION_ROLE, ")
    assert done.stderr.count("\n") == 1
    assert "No such file" in command("nowhere.json").stderr
    assert command().stderr == command("--help").stderr == "usage: render.py FILE KEY=VALUE…\n"


@pytest.mark.parametrize("key", ["NAME", "SITE_NAME", "SECRET_CALLER_WEB"])
def test_a_value_that_is_missing_or_empty_is_named(key: str) -> None:
    for values in ({name: text for name, text in VALUES.items() if name != key}, VALUES | {key: ""}):
        with pytest.raises(Refused, match=f"web.json needs a value for {key}$"):
            rendered(WEB, values)


def test_a_value_that_no_task_definition_takes_is_named() -> None:
    with pytest.raises(Refused, match="no task definition has a placeholder SITENAME"):
        rendered(WEB, VALUES | {"SITENAME": "Forum"})


def test_what_is_no_pair_is_named() -> None:
    with pytest.raises(Refused, match="forum is not KEY=VALUE"):
        values_from(["NAME=a", "forum"])
    assert values_from(["NAME=a=b"]) == {"NAME": "a=b"}


@pytest.mark.parametrize("image", ["registry.example/forum:latest", f"forum@sha256:{'0' * 63}"])
def test_an_image_is_named_by_digest(image: str) -> None:
    with pytest.raises(Refused, match="name it by its digest"):
        rendered(WEB, VALUES | {"IMAGE": image})


def test_a_slip_in_a_placeholder_is_refused(tmp_path: Path) -> None:
    for slip in ("${name}", "${NAME", "${}"):
        file = tmp_path / "web.json"
        file.write_text(WEB.read_text().replace("${FORUM_URL}", slip))
        with pytest.raises(Refused, match="begins no placeholder"):
            rendered(file, {key: value for key, value in VALUES.items() if key in file.read_text()})


@pytest.mark.parametrize("name", ['Ada\'s "Café"', "a\\b\n\tc", '"}], "x": [{"', "${NAME}", "–"])
def test_a_value_comes_through_as_it_is(name: str) -> None:
    found = {
        item["name"]: item["value"] for item in container(definition("web", SITE_NAME=name))["environment"]
    }
    assert found["SITE_NAME"] == name


@pytest.mark.parametrize("name", DEFINITIONS)
def test_nothing_is_left_to_fill_in(name: str) -> None:
    assert "${" not in json.dumps(DEFINITIONS[name])


def test_the_label_tells_whether_anything_changed() -> None:
    def label(**values: str) -> str:
        return str(container(definition("web", **values))["dockerLabels"][LABEL])

    assert label() == label()
    assert len({label(), label(SITE_NAME="Another"), label(ARCHITECTURE="X86_64")}) == 3


@pytest.mark.parametrize("script", sorted((ROOT / "ecs").glob("*.py")), ids=lambda script: script.name)
def test_a_script_needs_nothing_but_python_3_9(script: Path) -> None:
    tree = ast.parse(script.read_text(), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
