"""What a reader sees first of a contract test that fails."""

import os
import subprocess
import sys
from pathlib import Path

PLANTED = """
import pytest

@pytest.fixture(params=["split"])
def forum(request):
    return request.param

def test_a_locked_topic_refuses_new_messages(forum):
    assert 201 == 409, "POST /api/topics/1/messages answered 201, not 409"

@pytest.mark.parametrize("who", ["a member", "a moderator"])
def test_nobody_suspends_an_admin(who, forum):
    assert who == "a member"

@pytest.fixture
def broken():
    raise AssertionError("nobody could log in")

def test_an_edit_is_seen_at_once(broken):
    pass
"""
RULES = [
    "BROKEN RULE: a locked topic refuses new messages (split)",
    "BROKEN RULE: nobody suspends an admin: a moderator (split)",
    "RULE NOT TESTED: an edit is seen at once",
]


def lines_of_a_run(folder: Path, *options: str) -> list[str]:
    """What pytest prints of the tests above."""
    (folder / "test_planted.py").write_text(PLANTED)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "broken_rules", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    return [line for line in run.stdout.splitlines() if line]


def test_a_failure_begins_with_the_rule_that_broke(tmp_path: Path) -> None:
    lines = lines_of_a_run(tmp_path, "-rN")
    failures = lines[next(i for i, line in enumerate(lines) if "= FAILURES" in line) + 1 :]
    assert failures[0].strip("_ ") == RULES[0]
    (said,) = (i for i, line in enumerate(failures) if line.startswith("E ") and "not 409" in line)
    assert said > 0


def test_the_rules_that_broke_are_listed_where_a_run_ends(tmp_path: Path) -> None:
    lines = lines_of_a_run(tmp_path, "--tb=no", "-ra")
    at = next(i for i, line in enumerate(lines) if "= broken rules" in line)
    assert lines[at + 1 : at + 4] == RULES
    assert "short test summary" in lines[at + 4]


def test_a_rule_that_holds_is_not_named(tmp_path: Path) -> None:
    lines = lines_of_a_run(tmp_path)
    assert not [line for line in lines if "suspends an admin: a member" in line]
