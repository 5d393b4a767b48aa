"""The scripts of `ecs/` before they ask AWS anything: their style, their help, their settings."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ecs.pretended import ROOT, SCRIPTS, Pretended

ECS = ROOT / "ecs"
SETTINGS = dict(
    re.findall(r"^  \[([A-Z_]+)\]='?([^\s']*)'? +# \S", (ECS / "settings.sh").read_text(), flags=re.MULTILINE)
)
OPERATORS = {  # what has to be given for a script to go on to its settings
    "deploy": ["split"],
    "logs": ["users"],
    "route": ["users", "10"],
    "run": ["forum", "doctor"],
}


@pytest.fixture
def pretended(tmp_path: Path) -> Pretended:
    return Pretended(tmp_path)


def test_the_scripts_are_those_that_people_know() -> None:
    assert SCRIPTS == ["deploy", "destroy", "logs", "push", "rollback", "route", "run", "status"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_and_all_that_it_sources_is_clean_for_shellcheck(script: str) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [shellcheck, "--external-sources", "--check-sourced", script], cwd=ECS, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_stops_at_what_goes_wrong(script: str) -> None:
    text = (ECS / script).read_text()
    assert text.startswith(f"#!/usr/bin/env bash\n# Usage: ecs/{script}")
    assert "\nset -euo pipefail\n" in text


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_needs_neither_settings_nor_aws(pretended: Pretended, script: str, option: str) -> None:
    said = pretended.run(script, option, AWS_REGION="", EGRESS="nonsense")
    assert (said.status, said.errors) == (0, "")
    assert said.output.startswith(f"Usage: ecs/{script}")
    assert len(said.output.splitlines()) > 3
    assert pretended.calls == []


@pytest.mark.parametrize(
    ("script", "arguments", "words"),
    [
        ("deploy", [], "say which: monolith, split, or both"),
        ("deploy", ["all"], '"all" is not understood'),
        ("deploy", ["split", "--service"], "--service needs the name of an application"),
        ("destroy", ["--all"], '"--all" is not understood'),
        ("logs", [], "say whose logs"),
        ("logs", ["users", "--since", "yesterday"], "--since takes a number and s, m, h or d"),
        (
            "logs",
            ["users", "--request", 'x" || true'],
            "an id has letters, digits, dots, hyphens and underscores",
        ),
        ("logs", ["database"], '"database" is not understood'),
        ("push", ["users", "database"], '"database" has no image'),
        ("rollback", ["--service"], "--service needs the name of an application"),
        ("rollback", ["users"], '"users" is not understood'),
        ("route", [], "say which group: users topics messages web"),
        ("route", ["monolith", "10"], '"monolith" is no group; there are users topics messages web'),
        ("route", ["users"], "say how many percent: a whole number from 0 to 100"),
        ("route", ["users", "101"], "say how many percent"),
        ("route", ["users", "010"], "say how many percent"),
        ("route", ["users", "1.5"], "say how many percent"),
        ("route", ["users", "10", "20"], '"20" is not understood'),
        ("run", ["bash"], "the command is forum"),
        ("run", ["forum"], "say what forum is to do"),
        ("status", ["users"], '"users" is not understood'),
    ],
)
def test_a_slip_is_told_with_the_usage(
    pretended: Pretended, script: str, arguments: list[str], words: str
) -> None:
    said = pretended.run(script, *arguments)
    assert (said.status, said.output) == (2, "")
    assert said.errors.startswith(f"ecs/{script}: {words}")
    assert f"\nUsage: ecs/{script}" in said.errors
    assert pretended.calls == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"NAME": "Forum"}, 'NAME has 2 to 20 lower-case letters, digits and hyphens; it is "Forum"'),
        ({"NAME": "forum'; x"}, "NAME has 2 to 20"),
        ({"AWS_REGION": "Frankfurt"}, "AWS_REGION names a region, as in eu-central-1"),
        ({"EGRESS": "vpn"}, "EGRESS is public, nat or endpoints"),
        ({"DATABASE": "mysql"}, "DATABASE is aurora, rds or existing"),
        ({"DATABASE": "existing"}, "DATABASE=existing needs DATABASE_HOST and ADMINISTRATOR_SECRET"),
        ({"DATABASE_HOST": "db.example"}, "DATABASE_HOST and ADMINISTRATOR_SECRET are of DATABASE=existing"),
        ({"ADMINISTRATOR_SECRET": "hunter2"}, "ADMINISTRATOR_SECRET is the ARN of a secret"),
        ({"ARCHITECTURE": "RISCV"}, "ARCHITECTURE is ARM64 or X86_64"),
        (
            {"PLATFORMS": "linux/amd64"},
            "PLATFORMS (linux/amd64) has the one of ARCHITECTURE (ARM64): linux/arm64",
        ),
        (
            {"PLATFORMS": "linux/arm64 linux/amd64"},
            "PLATFORMS is linux/amd64, linux/arm64, or both with a comma",
        ),
        ({"STRATEGY": "blue"}, "STRATEGY is rolling or canary"),
        ({"TASKS": "0"}, "TASKS is a number from 1 to 999"),
        ({"MAX_TASKS": "many"}, "MAX_TASKS is a number from 1 to 999"),
        ({"TASKS": "7"}, "MAX_TASKS (6) is at least TASKS (7)"),
        ({"CERTIFICATE": "forum.pem"}, "CERTIFICATE is the ARN of a certificate in ACM"),
        (
            {"CERTIFICATE": "arn:aws:acm:eu-central-1:123456789012:certificate/1"},
            "CERTIFICATE needs FORUM_URL: https://",
        ),
        ({"FORUM_URL": "https://forum.example/"}, "FORUM_URL is http(s)://host, without a path"),
        ({"SITE_NAME": "a\nb"}, "SITE_NAME has 1 to 60 characters"),
        ({"ALARM_EMAIL": "ada"}, "ALARM_EMAIL is an e-mail address"),
        ({"COLLECTOR_IMAGE": "a b"}, "COLLECTOR_IMAGE is an image"),
        ({"COLLECTOR_IMAGE": "a", "EGRESS": "endpoints"}, "COLLECTOR_IMAGE needs EGRESS=public or nat"),
    ],
)
def test_a_bad_setting_is_refused_before_aws_is_asked(
    pretended: Pretended, settings: dict[str, str], words: str
) -> None:
    said = pretended.run("deploy", "split", **settings)
    assert (said.status, said.output) == (2, "")
    assert f"  {words}" in said.errors
    assert pretended.calls == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_refuses_bad_settings_and_names_all_of_them(pretended: Pretended, script: str) -> None:
    said = pretended.run(script, *OPERATORS.get(script, []), EGRESS="vpn", DATABASE="mysql")
    assert said.status == 2
    assert "EGRESS is" in said.errors
    assert "DATABASE is" in said.errors
    assert pretended.calls == []


def test_endpoints_leave_no_way_for_the_split(pretended: Pretended) -> None:
    said = pretended.run("deploy", "split", EGRESS="endpoints")
    assert said.status == 2
    assert "Use public or nat, or deploy the monolith." in said.errors
    assert pretended.calls == []


def test_only_an_application_of_the_topology_is_deployed_alone(pretended: Pretended) -> None:
    said = pretended.run("deploy", "monolith", "--service", "users")
    assert said.status == 2
    assert '"users" is not of the monolith, which has: monolith.' in said.errors
    assert pretended.calls == []


def test_settings_come_from_the_file_unless_the_environment_has_them(pretended: Pretended) -> None:
    (pretended.ecs / "forum.env").write_text("# ours\n\nEGRESS=vpn\nDATABASE=mysql\nSITE_NAME=Ada's café")
    said = pretended.run("status", DATABASE="db2")
    assert 'it is "vpn"' in said.errors
    assert 'it is "db2"' in said.errors
    assert "SITE_NAME" not in said.errors


@pytest.mark.parametrize("line", ["EGRES=nat", "EGRESS nat", "x[$(touch here)]=1", "export EGRESS=nat"])
def test_a_line_that_is_no_setting_is_named(pretended: Pretended, line: str) -> None:
    (pretended.ecs / "forum.env").write_text(f"NAME=forum\n{line}\n")
    said = pretended.run("status")
    assert said.status == 2
    assert f"line 2 of {pretended.ecs}/forum.env is not a setting: {line.partition('=')[0]}" in said.errors
    assert pretended.calls == []


def test_the_region_may_come_by_either_name_or_from_the_configuration(pretended: Pretended) -> None:
    pretended.answers("configure get", "eu-west-9")
    for given, taken in (
        ({"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-north-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        ({"AWS_REGION": ""}, "eu-west-9"),
    ):
        said = pretended.run("status", **given)
        assert "Nobody told" in said.errors
        script = f'source {pretended.ecs}/settings.sh; use_settings; echo "$AWS_REGION $AWS_DEFAULT_REGION"'
        shown = subprocess.run(
            ["/usr/bin/env", "bash", "-c", script],
            env=pretended.environment | given,
            capture_output=True,
            text=True,
        )
        assert shown.stdout == f"{taken} {taken}\n"


def test_every_setting_is_used() -> None:
    text = (ECS / "settings.sh").read_text()
    defaults, _, checks = text.partition("\n)\n")
    assert len(SETTINGS) == defaults.count("\n  [")
    others = [path.read_text() for path in ECS.iterdir() if path.suffix == ".sh" or path.name in SCRIPTS]
    used = "\n".join(others).replace(text, checks[checks.index("# The platform") :])
    for setting in SETTINGS:
        assert re.search(rf"\$\{{?{setting}\b|\(\(.*\b{setting}\b", used), setting


def test_the_readme_has_every_setting_with_its_default() -> None:
    _, _, section = (ECS / "README.md").read_text().partition("## Settings\n")
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", section.partition("\n## ")[0], flags=re.MULTILINE)
    written: dict[str, str] = {}
    for names, default in rows:
        settings = re.findall(r"`([A-Z_]+)`", names)
        defaults = default.split()
        given = len(defaults) == len(settings) and default != "–"  # else words, for what is empty
        written |= dict(zip(settings, defaults if given else [""] * len(settings), strict=True))
    assert written == SETTINGS
