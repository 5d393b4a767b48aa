"""What the documents say is what the code takes."""

import json

from architecture.projects import ROOT

from monolith.openapi import document


def test_the_openapi_document_is_the_one_that_the_code_makes() -> None:
    committed = json.loads((ROOT / "web/web/openapi.json").read_text())
    assert committed == document(), "run: .venv/bin/python -m monolith.openapi > web/web/openapi.json"


def test_every_code_of_an_error_is_in_the_openapi_document() -> None:
    from chassis.problem import Problem

    text = json.dumps(document())

    def codes(kind: type[Problem]) -> set[str]:
        return {kind.code}.union(*(codes(child) for child in kind.__subclasses__() if _ours(child)))

    internal = {"internal_error", "cursor_gone", "not_found", "method_not_allowed"}
    assert {code for code in codes(Problem) - internal if f'"{code}"' not in text} == set()


def _ours(kind: type) -> bool:
    return kind.__module__.split(".")[0] in {"chassis", "users", "topics", "messages"}
