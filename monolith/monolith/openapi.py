"""The OpenAPI document of the whole API, made from the routes of the three services.

`python -m monolith.openapi` prints it.
"""

import json
import sys
from typing import Any

from fastapi.openapi.utils import get_openapi

import messages.api
import topics.api
import users.api
from monolith.examples import example
from monolith.manners import DESCRIPTION, HEADERS, LINKS, PARAMETERS, PATHS, PROBLEM, TAGS

VERSION = "1.0.0"
ROUTERS = {"users": users.api.router, "topics": topics.api.router, "messages": messages.api.router}
JSON = "application/json"

Node = dict[str, Any]


def document() -> Node:
    """The document, the same for the monolith and the split."""
    for name, router in ROUTERS.items():
        for route in router.routes:
            route.tags = [name]  # type: ignore[attr-defined]
            route.operation_id = route.name  # type: ignore[attr-defined]
    made = get_openapi(
        title="Forum",
        version=VERSION,
        description=DESCRIPTION,
        tags=TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
        routes=[route for router in ROUTERS.values() for route in router.routes],
    )
    components = made["components"]
    components["schemas"] = {
        name: schema
        for name, schema in (components["schemas"] | {"Problem": PROBLEM}).items()
        if name not in ("HTTPValidationError", "ValidationError")
    }
    components["headers"], components["parameters"] = HEADERS, PARAMETERS
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for operations in made["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation, components["schemas"])
    return made


def _complete(method: str, operation: Node, schemas: Node) -> None:
    """What all operations of a kind have in common, said for each."""
    answers: Node = operation["responses"]
    if JSON in answers.get("422", {}).get("content", {}):  # FastAPI's own, where any text will do in a path
        del answers["422"]
    operation.setdefault("security", [])
    success = next(status for status in answers if status < "300")
    _show_examples(operation, answers[success], schemas)
    of = (
        answers[success].get("content", {}).get(JSON, {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    )
    named = {
        "IfNoneMatch": method == "get" and of,
        "IfMatch": "412" in answers,
        "IdempotencyKey": method == "post",
    }
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        _never_null(parameter)
        if parameter["in"] == "path":
            of_schema, field, description = PATHS[parameter["name"]]
            parameter["description"] = description
            parameter["example"] = example(schemas[of_schema], schemas)[field]
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name, is_so in named.items() if is_so]
    if parameters:
        operation["parameters"] = parameters
    if named["IfNoneMatch"]:
        answers["304"] = {"description": "It is as you know it."}
    for status, answer in answers.items():
        names = _headers(status, of if status < "400" else "", of.endswith("Page"))
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    if links := LINKS.get(operation["operationId"]):
        answers[success]["links"] = links
    operation["responses"] = dict(sorted(answers.items()))


def _headers(status: str, of: str, paged: bool) -> list[str]:
    """The headers of an answer; `of` is the schema of what it carries."""
    names = ["X-Request-ID"]
    if of == "Session":
        names += ["Cache-Control"]
    elif of:
        names += ["ETag", *(["Location"] if status == "201" else []), *(["Link"] if paged else [])]
    return names + {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}.get(
        status, []
    )


def _never_null(parameter: Node) -> None:
    """A parameter that is not sent is None to the code; nobody can send a null."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    for kind in kinds:
        schema |= kind


def _show_examples(operation: Node, success: Node, schemas: Node) -> None:
    """One of the request body and one of the answer to it, made of the examples of their fields."""
    sent = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    if sent:
        sent["example"] = example(sent["schema"], schemas)
    for media_type, content in success.get("content", {}).items():
        if media_type == JSON:
            shown = example(content["schema"], schemas)
            saved = {name: value for name, value in sent.get("example", {}).items() if name in shown}
            content["example"] = shown | saved
        else:
            event = json.dumps(example(schemas["Message"], schemas), ensure_ascii=False)
            content["schema"] = {"type": "string"}
            content["example"] = f"id: 1\nevent: message\ndata: {event}\n\n"


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
