"""What the documents say is what the code takes."""

import json

from architecture.projects import ROOT

from monolith.openapi import document


def test_the_openapi_document_is_the_one_that_the_code_makes() -> None:
    committed = json.loads((ROOT / "contracts/openapi.json").read_text())
    assert committed == document(), "run: .venv/bin/python -m monolith.openapi > contracts/openapi.json"


def test_every_code_of_an_error_is_in_the_openapi_document() -> None:
    from chassis.problem import Problem

    text = json.dumps(document())

    def codes(kind: type[Problem]) -> set[str]:
        return {kind.code}.union(*(codes(child) for child in kind.__subclasses__() if _ours(child)))

    internal = {"internal_error", "cursor_gone", "not_found", "method_not_allowed"}
    assert {code for code in codes(Problem) - internal if f'"{code}"' not in text} == set()


def _ours(kind: type) -> bool:
    return kind.__module__.split(".")[0] in {"chassis", "users", "topics", "messages"}


def test_every_refusal_is_a_problem() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                kinds = set(answer.get("content", {}))
                assert status < "400" or kinds == {"application/problem+json"}, (method, path, status)
