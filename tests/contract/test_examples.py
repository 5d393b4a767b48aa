"""The examples of the OpenAPI document work: each request is accepted, each answer as its schema says."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import jsonschema_rs
import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, unique
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


OPERATIONS = {
    operation["operationId"]: Operation(method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


@pytest.fixture
def someone(forum: Forum) -> Person:
    return forum.register("example")


@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS.values() if not o.is_stream], ids=lambda o: o.said["operationId"]
)
def test_an_example_is_accepted_and_answered_as_documented(
    operation: Operation, someone: Person, admin: Person
) -> None:
    topic = someone.starts_topic(tags=["garden"])
    message = someone.replies(topic)
    ours = {
        "username": someone.username,
        "session": accepted(someone.request("GET", "/api/sessions"))["items"][0]["id"],
        "topic_id": topic["id"],
        "message_id": message["id"],
    }
    who = admin if operation.said["operationId"] == "change_user" else someone
    answer = who.request(operation.method, operation.path.format(**ours), **body_of(operation, someone))
    assert answer.is_success, said(answer)
    conforms(answer, operation)


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
