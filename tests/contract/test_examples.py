"""The examples of the OpenAPI document work: each request is accepted, each answer as its schema says."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import jsonschema_rs
import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, eventually, unique
from forum_client.answers import said

DOCUMENT: Json = json.loads((Path(__file__).parents[2] / "contracts/openapi.json").read_text())
COMPONENTS: Json = DOCUMENT["components"]
JSON = "application/json"


class Operation(NamedTuple):
    """One operation of the document."""

    method: str
    path: str
    said: Json

    @property
    def is_stream(self) -> bool:
        return "text/event-stream" in self.said["responses"].get("200", {}).get("content", {})


OPERATIONS = [
    Operation(method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


@pytest.fixture
def someone(forum: Forum) -> Person:
    return forum.register("example")


def some(*operations: Operation) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda o: o.said["operationId"])


@some(*(o for o in OPERATIONS if not o.is_stream))
def test_an_example_is_accepted_and_answered_as_documented(
    operation: Operation, someone: Person, admin: Person
) -> None:
    path = path_of_theirs(operation, someone)
    who = admin if operation.said["operationId"] == "change_user" else someone
    answer = who.request(operation.method, path, **body_of(operation, someone))
    assert answer.is_success, said(answer)
    conforms(answer, operation)


@some(*(o for o in OPERATIONS if "304" in o.said["responses"]))
def test_an_answer_that_the_reader_knows_is_304_as_documented(operation: Operation, someone: Person) -> None:
    path = path_of_theirs(operation, someone)

    def ask_again() -> None:
        tag = someone.request("GET", path).headers["etag"]
        answer = someone.request("GET", path, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.headers["etag"]) == (304, tag), said(answer)
        conforms(answer, operation)

    eventually(ask_again)


def path_of_theirs(operation: Operation, person: Person) -> str:
    """The path with what is somebody's own."""
    topic = person.starts_topic(tags=["garden"])
    return operation.path.format(
        username=person.username,
        session=accepted(person.request("GET", "/api/sessions"))["items"][0]["id"],
        topic_id=topic["id"],
        message_id=person.replies(topic)["id"],
    )


def body_of(operation: Operation, person: Person) -> Json:
    """The example of the request body, with a name and secrets that are known here."""
    if "requestBody" not in operation.said:
        return {}
    example = operation.said["requestBody"]["content"][JSON]["example"]
    new = operation.said["operationId"] == "register"
    known = {
        "username": unique("ada") if new else person.username,
        "password": PASSWORD,
        "current": PASSWORD,
        "refresh_token": person.refresh_token,
    }
    return {"json": {name: known.get(name, value) for name, value in example.items()}}


def conforms(answer: httpx.Response, operation: Operation) -> None:
    """The status, each header and the body of an answer are as the document says."""
    documented = operation.said["responses"][str(answer.status_code)]
    for name in documented["headers"]:
        header = COMPONENTS["headers"][name]
        assert name in answer.headers or not header["required"], f"{said(answer)} without {name}"
        if name in answer.headers and header["schema"]["type"] == "string":
            valid(header["schema"], answer.headers[name])
    content: Json = documented.get("content", {})
    assert bool(answer.content) == bool(content), said(answer)
    if content:
        valid(content[answer.headers["content-type"]]["schema"], answer.json())


def valid(schema: Json, value: Any) -> None:
    jsonschema_rs.validator_for(schema | {"components": COMPONENTS}, validate_formats=True).validate(value)
