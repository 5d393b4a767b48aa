"""Linters find what is planted in the stacks and in the Dockerfile, and nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ecs.files import ECS, texts

STACKS = {Path(path).name: text for path, text in texts().items() if path.startswith("stacks/")}
CHECKOV = Path(__file__).parent / "checkov"
BESIDE = Path(sys.executable).parent

# Stack, what stands there, what is planted in its place, what cfn-lint calls it.
PLANTED = [
    ("edge", "Scheme: internet-facing", "Schema: internet-facing", "E3002"),
    ("data", 'EngineVersion: "17.11"', 'EngineVersion: "16.6"', "W3690"),
    ("network", '"${Name}-vpc"', '"${Nam}-vpc"', "E1019"),
    ("cluster", "RetentionInDays: 30", "RetentionInDays: 31", "E3030"),
]


def run(program: Path, *arguments: str | Path, given: str = "") -> tuple[int, str]:
    """The exit code and the words of a program."""
    quiet = os.environ | {"LOG_LEVEL": "ERROR"}  # checkov warns of Fn::ForEach
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(command, input=given, env=quiet, capture_output=True, text=True, cwd=ECS.parent)
    return done.returncode, done.stdout + done.stderr


def test_cfn_lint_finds_what_is_planted_and_nothing_else(tmp_path: Path) -> None:
    for stack, there, planted, code in PLANTED:
        assert there in STACKS[f"{stack}.yaml"]
        (tmp_path / f"{code}.yaml").write_text(STACKS[f"{stack}.yaml"].replace(there, planted))
    files = [*(ECS / "stacks").glob("*.yaml"), *tmp_path.glob("*.yaml")]
    _, said = run(BESIDE / "cfn-lint", "--format", "parseable", *files)
    found = {(Path(line.split(":")[0]).stem, line.split(":")[5]) for line in said.splitlines()}
    assert found >= {(code, code) for *_, code in PLANTED}
    assert {file for file, _ in found} == {code for *_, code in PLANTED}


@pytest.mark.requires("checkov")
def test_checkov_finds_what_is_planted_and_nothing_else(tmp_path: Path) -> None:
    there = "StorageEncrypted: true"
    assert there in STACKS["data.yaml"]
    planted = {"planted.yaml": STACKS["data.yaml"].replace(there, "StorageEncrypted: false")}
    for name, text in (STACKS | planted).items():
        (tmp_path / name).write_text(text)
    config = CHECKOV / "config.yaml"
    code, said = run(CHECKOV / ".venv/bin/checkov", "--config-file", config, "--directory", tmp_path)
    assert code != 0
    assert set(re.findall(r"File: /([\w.]+)", said)) == {"planted.yaml"}
    assert set(re.findall(r"Check: (\w+)", said)) == {"CKV_AWS_16", "CKV_AWS_96"}


def test_each_exception_of_checkov_has_its_reason() -> None:
    exceptions = re.findall(r"checkov:skip=(.+)", "\n".join(STACKS.values()))
    assert exceptions
    assert all(re.fullmatch(r"CKV\d?_AWS_\d+:(\S+ ){3,}\S+", exception) for exception in exceptions)


def test_hadolint_finds_nothing() -> None:
    assert run(BESIDE / "hadolint", "Dockerfile") == (0, "")


def test_hadolint_finds_what_is_planted() -> None:
    code, said = run(BESIDE / "hadolint", "-", given="FROM python:3.13\nRUN cd /tmp\n")
    assert code != 0
    assert "DL3003" in said
