"""The applications as they are deployed, and the routes that each really mounts on its public port."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import FastAPI
from starlette.routing import Match, Route

import messages.main
import messages.settings
import monolith.main
import monolith.settings
import topics.main
import topics.settings
import users.main
import users.settings
import web.main
import web.pages
import web.settings

SECRETS: dict[str, Any] = {
    "database_url": "postgresql://nowhere/none",
    "secret_key": "a" * 32,
    "caller_key": "a",
}
PEERS: dict[str, Any] = {f"{name}_url": "http://nowhere" for name in ("users", "topics", "messages")}


class Operation(NamedTuple):
    """A method and the template of a path, `/api/users/{username}`."""

    method: str
    path: str


def applications() -> dict[str, FastAPI]:
    """Every application, by the name of its image; none is started."""
    return {
        "users": users.main.create_app(users.settings.Settings(**SECRETS)),
        "topics": topics.main.create_app(topics.settings.Settings(**SECRETS, **PEERS)),
        "messages": messages.main.create_app(messages.settings.Settings(**SECRETS, **PEERS)),
        "web": web.main.create_app(web.settings.Settings(**SECRETS)),
        "monolith": monolith.main.create_app(monolith.settings.Settings(**SECRETS)),
    }


def operations(app: FastAPI) -> set[Operation]:
    """Everything that an application answers to on its public port."""
    return {Operation(method, route.path) for route in _routes(app) for method in route.methods or ()}


def pages() -> set[Operation]:
    """What the front end answers to, and the API does not know."""
    routes = [route for router in web.pages.ROUTERS for route in router.routes]
    return {
        Operation(method, route.path)
        for route in routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }


def operation_of(app: FastAPI, method: str, path: str) -> Operation | None:
    """The operation that answers a request, None where no route does."""
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "root_path": ""}
    for route in _routes(app):
        if route.matches(scope)[0] is Match.FULL:
            return Operation(method, route.path)
    return None


def _routes(app: FastAPI) -> Iterator[Route]:
    for route in app.routes:
        assert isinstance(route, Route), f"what is {route}?"
        yield route
