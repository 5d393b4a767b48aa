"""The document that web serves is the one that the routes make."""

import json
from importlib.resources import files

from monolith.openapi import document


def test_the_document_that_web_serves_is_up_to_date() -> None:
    kept = json.loads((files("web") / "openapi.json").read_text())
    assert kept == document(), "python -m monolith.openapi > web/web/openapi.json"


def test_every_operation_has_its_refusals_as_problems() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                kinds = set(answer.get("content", {}))
                assert status < "400" or kinds == {"application/problem+json"}, (method, path, status)
