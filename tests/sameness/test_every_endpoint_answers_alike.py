"""The monolith and the split answer one history alike, and the history leaves no endpoint out."""

import re
from typing import Any

import pytest
from sameness.history import CHAPTERS, History
from sameness.lockstep import Lockstep

from monolith.openapi import document

PATHS = document()["paths"]
OPERATIONS = {(method, path) for path, operations in PATHS.items() for method in operations}
UNREACHABLE = {"unavailable"}  # what tests of faults show


def operation(method: str, path: str) -> tuple[str, str] | None:
    """The operation of the document that a request means: a path without parameters before one with them."""
    asked = path.partition("?")[0]
    for described in sorted(PATHS, key=lambda path: path.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", described), asked):
            return method.lower(), described
    return None


@pytest.mark.parametrize("chapter", [chapter.__name__ for chapter in CHAPTERS])
def test_both_topologies_answer_a_chapter_alike(history: History, chapter: str) -> None:
    different = history.different[chapter]
    assert not different, "\n" + "\n".join(different)


def test_the_history_asks_for_everything_that_the_document_describes(history: History) -> None:
    met: dict[tuple[str, str] | None, set[str]] = {}
    for method, path, outcome in history.seen:
        met.setdefault(operation(method, path), set()).add(outcome.split()[-1])
    missing = [
        f"{method.upper()} {path}: {answer}"
        for path, operations in PATHS.items()
        for method, described in operations.items()
        for answer in sorted(answers(described) - UNREACHABLE - met.get((method, path), set()))
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_a_step_that_differs_is_told_in_lines(both: Lockstep) -> None:
    for side in both.sides:
        side.known["planted"] = f"planted-{side.name}"
    both.different = []
    both.get("/api/users/{planted}", "404 user_not_found")
    both.post("/api/users", "201", body={"username": "{planted}", "password": "long enough"})
    assert both.different == [
        "POST /api/users {'username': '{planted}', 'password': 'long enough'}\n"
        "    header location: monolith '/api/users/planted-monolith', split '/api/users/planted-split'\n"
        "    body.username: monolith 'planted-monolith', split 'planted-split'\n"
        "    body.display_name: monolith 'planted-monolith', split 'planted-split'"
    ]


def answers(described: dict[str, Any]) -> set[str]:
    """The codes of an operation's problems, and its statuses of success."""
    found = set[str]()
    for status, answer in described["responses"].items():
        examples = answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
        found |= set(examples) or {status}
    return found
