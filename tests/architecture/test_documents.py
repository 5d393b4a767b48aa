"""The OpenAPI document is the one that the code makes, valid, and says all that a client needs."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from architecture.projects import ROOT

from chassis.problem import Problem
from monolith.openapi import document

DOCUMENT: dict[str, Any] = json.loads((ROOT / "contracts/openapi.json").read_text())
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation
    for operations in DOCUMENT["paths"].values()
    for operation in operations.values()
}
RENEW = ".venv/bin/python -m monolith.openapi > contracts/openapi.json"
operations = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    assert document() == DOCUMENT, f"run: {RENEW}"


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def test_each_operation_has_an_id_of_its_own() -> None:
    assert len(OPERATIONS) == sum(len(operations) for operations in DOCUMENT["paths"].values())


def test_every_tag_is_described_and_every_link_leads_to_an_operation() -> None:
    described = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
    assert {tag for operation in OPERATIONS.values() for tag in operation["tags"]} == described
    links = [link for operation in OPERATIONS.values() for link in links_of(operation)]
    assert links
    for link in links:
        target = OPERATIONS[link["operationId"]]
        of_path = {p["name"] for p in target.get("parameters", []) if p.get("in") == "path"}
        assert link.get("parameters", {}).keys() == of_path, link


def links_of(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for answer in operation["responses"].values():
        yield from answer.get("links", {}).values()


@operations
def test_an_operation_says_what_it_does_and_who_may(operation: dict[str, Any]) -> None:
    made_up = operation["operationId"].replace("_", " ").title()  # by FastAPI, where the route has none
    assert operation["summary"] not in ("", made_up)
    assert operation["security"] in ([], [{"token": []}], [{}, {"token": []}])
    assert ("401" in operation["responses"]) or operation["security"] == []


@operations
def test_every_refusal_is_a_problem_with_an_example_of_each_code(operation: dict[str, Any]) -> None:
    refusals = {status: a for status, a in operation["responses"].items() if status >= "400"}
    assert "503" in refusals
    for status, answer in refusals.items():
        assert list(answer["content"]) == ["application/problem+json"]
        shown = answer["content"]["application/problem+json"]["examples"]
        assert {code: one["value"]["code"] for code, one in shown.items()} == {code: code for code in shown}
        assert {one["value"]["status"] for one in shown.values()} == {int(status)}


@operations
def test_whatever_has_a_body_has_an_example_that_fits_its_schema(operation: dict[str, Any]) -> None:
    for content in contents(operation):
        examples = [one["value"] for one in content.get("examples", {}).values()] or [content["example"]]
        validator = jsonschema_rs.validator_for(
            content["schema"] | {"components": DOCUMENT["components"]}, validate_formats=True
        )
        for example in examples:
            validator.validate(example)


def contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for body in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from body.get("content", {}).values()


@operations
def test_an_example_of_a_request_is_refused_with_a_field_more(operation: dict[str, Any]) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"] | {"components": DOCUMENT["components"]}
        with pytest.raises(jsonschema_rs.ValidationError):
            jsonschema_rs.validate(schema, content["example"] | {"unknown": 1})


@operations
def test_every_answer_names_its_headers(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        headers = answer["headers"].keys()
        assert "X-Request-ID" in headers
        assert ("WWW-Authenticate" in headers) == (status == "401")
        assert ("Retry-After" in headers) == (status in ("429", "503"))
        for name, header in answer["headers"].items():
            assert header == {"$ref": f"#/components/headers/{name}"}
            assert name in DOCUMENT["components"]["headers"]


def test_every_code_of_an_error_is_in_the_document() -> None:
    def codes(kind: type[Problem]) -> set[str]:
        return {kind.code}.union(*(codes(child) for child in kind.__subclasses__() if is_ours(child)))

    shown = {
        code
        for operation in OPERATIONS.values()
        for content in contents(operation)
        for code in content.get("examples", {})
    }
    internal = {"internal_error", "cursor_gone", "not_found", "method_not_allowed"}
    assert codes(Problem) - internal == shown


def is_ours(kind: type) -> bool:
    return kind.__module__.split(".")[0] in {"chassis", "users", "topics", "messages"}
