"""What the tests of this folder asked and were answered, against the routes that are mounted and the OpenAPI
document. These come last, and only judge whole runs: conftest.py leaves them out of any other."""

from typing import NamedTuple

import pytest
from forum_client import Forum
from mounted import Operation, applications, operation_of, operations, pages
from running import DATABASES

from monolith.openapi import document

MONOLITH = applications()["monolith"]  # mounts what the services mount: tests/architecture
NOT_OF_THE_API = pages() | {Operation("GET", path) for path in ("/health/live", "/health/ready")}
TESTED_ELSEWHERE = {503: "needs something to be down: tests/faults"}
OF_ANY_ROUTE = {405: "to another method"}


class Answer(NamedTuple):
    """A status, and the code of a problem."""

    operation: Operation
    status: int
    code: str


@pytest.fixture(scope="session")
def observed(forum: Forum) -> set[Answer]:
    """What every operation was seen to answer."""
    seen = ((operation_of(MONOLITH, asked.method, asked.path), asked) for asked in forum.asked)
    return {Answer(operation, asked.status, asked.code) for operation, asked in seen if operation}


@pytest.fixture
def all_observed(forum: Forum, observed: set[Answer]) -> set[Answer]:
    """The same, where nothing was left out."""
    if forum.name not in DATABASES:
        pytest.skip("judges the tests, some of which are left out on a forum that they have not started")
    return observed


def documented() -> set[Answer]:
    """What the document says that operations answer."""
    answers = set()
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                problem = response.get("content", {}).get("application/problem+json", {})
                for code in problem.get("examples", {"": None}):
                    answers.add(Answer(Operation(method.upper(), path), int(status), code))
    return answers


def in_words(answers: set[Answer]) -> str:
    return "\n".join(sorted(f"{a.operation.method} {a.operation.path} {a.status} {a.code}" for a in answers))


def test_every_operation_that_is_mounted_is_asked_something(all_observed: set[Answer]) -> None:
    silent = operations(MONOLITH) - NOT_OF_THE_API - {answer.operation for answer in all_observed}
    assert not silent, f"mounted, and no test asks: {sorted(silent)}"


def test_every_answer_that_the_document_names_is_seen(all_observed: set[Answer]) -> None:
    expected = {answer for answer in documented() if answer.status not in TESTED_ELSEWHERE}
    unseen = expected - all_observed
    assert not unseen, f"documented, and no test was answered so:\n{in_words(unseen)}"


def test_every_answer_that_is_seen_is_in_the_document(observed: set[Answer]) -> None:
    of_documented = {answer.operation for answer in documented()}
    unknown = {answer for answer in observed - documented() if answer.operation in of_documented}
    assert not unknown, f"answered to a test, and not documented:\n{in_words(unknown)}"
