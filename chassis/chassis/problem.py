"""Errors as RFC 9457 problems: each is a class with its status and code, rendered in one place."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypedDict

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

MEDIA_TYPE = "application/problem+json"


class FieldError(TypedDict):
    """One thing wrong with one field of a request."""

    field: str
    message: str


class Problem(Exception):
    """An error with a status and a code. `commits` marks a refusal that is itself recorded: its
    transaction is committed, although the request fails."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong"
    commits: ClassVar[bool] = False

    def __init__(
        self, detail: str = "", *, errors: Sequence[FieldError] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)
        self.headers = headers or {}

    @classmethod
    def example(cls) -> dict[str, Any]:
        """The body of such an answer, for the documentation."""
        return {
            "type": "about:blank",
            "title": cls.title,
            "status": cls.status,
            "detail": cls.title,
            "code": cls.code,
        }

    def response(self) -> Response:
        """The problem+json answer (RFC 9457), never cached."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": printable(self.detail),
            "code": self.code,
        }
        if self.errors:
            body["errors"] = [
                {"field": printable(e["field"]), "message": printable(e["message"])} for e in self.errors
            ]
        headers = {"Cache-Control": "no-store", **self.headers}
        return Response(orjson.dumps(body), self.status, headers, MEDIA_TYPE)


class BadRequest(Problem):
    status, code, title = 400, "bad_request", "The request cannot be read"


class BadCursor(Problem):
    status, code, title = 400, "bad_cursor", "This cursor is not one of this list"


class Unauthorized(Problem):
    status, code, title = 401, "unauthorized", "A valid access token is needed"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="forum"'})


class NotAllowed(Problem):
    status, code, title = 403, "forbidden", "You may not do this"


class NotFound(Problem):
    status, code, title = 404, "not_found", "There is nothing here"


class MethodNotAllowed(Problem):
    status, code, title = 405, "method_not_allowed", "This path does not answer to this method"


class PreconditionFailed(Problem):
    status, code, title = 412, "precondition_failed", "It was edited since you read it"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "The request body is too large"


class UnsupportedMediaType(Problem):
    status, code, title = 415, "unsupported_media_type", "Send application/json"


class Invalid(Problem):
    """A field of the request is not what it has to be: `Invalid("author", "is nobody")`."""

    status, code, title = 422, "invalid", "The request has invalid fields"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}", errors=[{"field": field, "message": message}])

    @classmethod
    def example(cls) -> dict[str, Any]:
        """With the field."""
        wrong = cls("title", "must not be blank")
        return super().example() | {"detail": wrong.detail, "errors": wrong.errors}


class IdempotencyKeyReused(Problem):
    status, code, title = 422, "idempotency_key_reused", "This Idempotency-Key came with another body before"


class Unavailable(Problem):
    """Something this service needs does not answer now. `retry_after` is in seconds."""

    status, code, title = 503, "unavailable", "This part of the forum is not available now"

    def __init__(self, detail: str = "", *, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class NotHere(Unavailable):
    """The data are elsewhere, or on their way: a write waits for where they come to be."""

    def __init__(self) -> None:
        super().__init__("This is being moved. Try again in a moment.", retry_after=1)


def printable(text: str) -> str:
    """Text that UTF-8 can carry: lone surrogates become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` that name every code an operation may answer with, by status."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        entry = by_status.setdefault(kind.status, {"description": "", "content": {MEDIA_TYPE: {}}})
        entry["description"] = " ".join(filter(None, [entry["description"], f"`{kind.code}`: {kind.title}."]))
        examples = entry["content"][MEDIA_TYPE].setdefault("examples", {})
        examples[kind.code] = {"value": kind.example()}
        entry["content"][MEDIA_TYPE]["schema"] = {"$ref": "#/components/schemas/Problem"}
    return by_status


async def on_problem(_: Request, problem: Exception) -> Response:
    """Renders a Problem raised anywhere below."""
    assert isinstance(problem, Problem)  # noqa: S101
    return problem.response()


async def on_validation_error(_: Request, error: Exception) -> Response:
    """A body or query of the wrong shape: 422, naming each field."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields: list[FieldError] = [
        {"field": ".".join(str(part) for part in e["loc"][1:]) or "body", "message": e["msg"]}
        for e in error.errors()
    ]
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in fields[:5])
    problem = Invalid("body", detail)
    problem.detail, problem.errors = detail, fields
    return problem.response()


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown routes and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 404:
        return NotFound(f"No route matches {request.url.path}").response()
    if error.status_code == 405:
        allow = ", ".join(allowed_methods(request))
        return MethodNotAllowed(f"Allowed here: {allow}", headers={"Allow": allow}).response()
    return BadRequest(str(error.detail)).response()


def allowed_methods(request: Request) -> list[str]:
    """Every method some route of the application answers to on this path, sorted."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))
