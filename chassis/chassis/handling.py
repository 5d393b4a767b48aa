"""Handling a request with a quarter of FastAPI's work. Solving dependencies costs it 100 µs a request, as
much as the query; what our routes declare is simple, so their signatures are taken apart once, at import."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from inspect import iscoroutinefunction
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

SCALARS = frozenset({str, int, float, bool, NoneType})


def plain_handler(route: Dependant) -> Handler | None:
    """A handler that does what FastAPI's does for a route whose signature is simple, None for others.

    Simple are: the request, path parameters that are str, scalar query parameters with a default, one
    model as the body, and dependencies that are coroutine functions of the request and of such
    dependencies. The route answers with a Response.
    """
    needed = list(_in_order(route))
    if not (_is_simple(route) and all(map(_is_plain, needed))):
        return None
    answer: Any = route.call
    steps = list(dict.fromkeys((d.call, d.request_param_name, _sources(d)) for d in needed))
    sources, of_request = _sources(route), route.request_param_name
    path = [field.name for field in route.path_params]
    query = [(field.name, field.alias, field.default, field.validate) for field in route.query_params]
    body = [(field.name, field.validate) for field in route.body_params]

    async def handle(request: Request) -> Response:
        solved: dict[Any, Any] = {}
        for call, name, inputs in steps:
            arguments = {param: solved[source] for param, source in inputs}
            if name:
                arguments[name] = request
            solved[call] = await call(**arguments)  # type: ignore[misc]
        values: dict[str, Any] = {param: solved[source] for param, source in sources}
        if of_request:
            values[of_request] = request
        for name in path:
            values[name] = request.path_params[name]
        sent = request.query_params if request.scope["query_string"] else {}
        errors: list[Any] = []
        for name, alias, default, validate in query:
            raw = sent.get(alias)
            if raw is None:
                values[name] = default
            else:
                values[name], wrong = validate(raw, {}, loc=("query", alias))
                errors += wrong
        for name, validate in body:
            values[name], wrong = validate(await request.json(), {}, loc=("body",))
            errors += wrong
        if errors:
            raise RequestValidationError(errors)
        response: Response = await answer(**values)
        return response

    return handle


def needs(route: Dependant, dependency: Callable[..., Any]) -> bool:
    """Whether a route depends on it, itself or by way of other dependencies."""
    return any(needed.call is dependency for needed in _in_order(route))


def _in_order(needing: Dependant) -> Iterator[Dependant]:
    """Dependencies, each after those that it needs itself."""
    for needed in needing.dependencies:
        yield from _in_order(needed)
        yield needed


def _sources(needing: Dependant) -> tuple[tuple[str, Any], ...]:
    """Which parameter gets what which dependency gave."""
    return tuple((needed.name or "", needed.call) for needed in needing.dependencies)


def _is_simple(route: Dependant) -> bool:
    return (
        iscoroutinefunction(route.call)
        and route.call.__annotations__.get("return") is Response
        and not (route.header_params or route.cookie_params)
        and (not route.body_params or _is_one_model(route.body_params))
        and all(field.field_info.annotation is str for field in route.path_params)
        and all(_is_optional_scalar(field.field_info) for field in route.query_params)
    )


def _is_plain(needed: Dependant) -> bool:
    """Whether a dependency takes nothing but the request and other dependencies."""
    params = (needed.path_params, needed.query_params, needed.header_params, needed.cookie_params)
    return iscoroutinefunction(needed.call) and bool(needed.name) and not any((*params, needed.body_params))


def _is_optional_scalar(parameter: Any) -> bool:
    return not parameter.is_required() and _is_scalar(parameter.annotation)


def _is_one_model(body: Sequence[Any]) -> bool:
    annotation = body[0].field_info.annotation
    return len(body) == 1 and isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_scalar(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return all(_is_scalar(part) for part in get_args(annotation))
    if hasattr(annotation, "__metadata__"):
        return _is_scalar(annotation.__origin__)
    return annotation in SCALARS or origin is Literal
