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

VERSION = "1.0.0"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` names the error; `errors` names the fields.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def document() -> dict[str, Any]:
    """The document, the same for the monolith and the split."""
    routers = (("users", users.api.router), ("topics", topics.api.router), ("messages", messages.api.router))
    for name, router in routers:
        for route in router.routes:
            if not getattr(route, "tags", None):
                route.tags = [name]  # type: ignore[attr-defined]
    made = get_openapi(
        title="Forum",
        version=VERSION,
        description="Users, topics and messages. Errors are `application/problem+json`.",
        routes=[route for _, router in routers for route in router.routes],
    )
    components = made.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for operations in made["paths"].values():
        for operation in operations.values():
            _only_what_it_names(operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    return made


def _only_what_it_names(operation: dict[str, Any]) -> None:
    """FastAPI documents a 422 of its own where an operation names none: any text will do in a path."""
    if "application/json" in operation["responses"].get("422", {}).get("content", {}):
        del operation["responses"]["422"]


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
