"""Requests are handled by less than FastAPI, and answered as FastAPI would."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import httpx
import pytest
from bookshop import nobody_is_refused
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import Field

from chassis.app import face
from chassis.database import Database
from chassis.endpoint import service_router
from chassis.handling import plain_handler
from chassis.ownership import Ownership
from chassis.problem import Unauthorized
from chassis.settings import Settings
from chassis.text import Body

calls: list[str] = []


async def visitor(request: Request) -> str:
    calls.append("visitor")
    if "authorization" in request.headers:
        raise Unauthorized()
    return "visitor"


async def member(name: Annotated[str, Depends(visitor)]) -> str:
    return f"member {name}"


async def shelf(
    shelf_id: str,
    request: Request,
    who: Annotated[str, Depends(member)],
    also: Annotated[str, Depends(visitor)],
    limit: Annotated[int, Query(ge=1, le=9)] = 3,
    order: Literal["title", "price"] = "title",
    q: Annotated[str | None, Query(max_length=5)] = None,
) -> Response:
    return Response(f"{shelf_id} {request.method} {who} {also} {limit} {order} {q!r}")


class Book(Body):
    title: Annotated[str, Field(max_length=9)]
    price: int = 1


async def add(
    book: Book, shelf_id: str, who: Annotated[str, Depends(member)], sure: bool = False
) -> Response:
    return Response(f"{shelf_id} {who} {book} {sure}", 201)


async def two_bodies(book: Book, other: Book) -> Response:
    return Response(f"{book} {other}")


async def by_header(x_shelf: Annotated[str, Header()] = "") -> Response:
    return Response(x_shelf)


async def with_more(tags: Annotated[list[str], Query()], request: Request) -> Response:
    return Response(repr(tags))


async def no_response(request: Request) -> dict[str, str]:
    return {}


def app_of(router: APIRouter) -> FastAPI:
    router.get("/shelves/{shelf_id}")(shelf)
    router.post("/shelves/{shelf_id}")(add)
    ownership = Ownership(Database("postgresql://nowhere/none"), ["shop"])  # nothing has ever moved
    return face("bookshop", Settings(), [router], {"wake": lambda: None, "ownership": ownership})


async def answer(
    app: FastAPI, query: str, headers: dict[str, str], body: object = None
) -> tuple[int, bytes, list[str]]:
    calls.clear()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        method = "GET" if body is None else "POST"
        got = await client.request(method, f"/shelves/poetry{query}", headers=headers, json=body)
    return got.status_code, got.content, list(calls)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("?", {}),
        ("?limit=9&order=price&q=x", {}),
        ("?limit=1&limit=2&unknown=1", {}),
        ("?q=", {}),
        ("?limit=", {}),
        ("?limit=0", {}),
        ("?limit=0&order=age&q=too+long", {}),
        ("?limit=x", {"Authorization": "nobody"}),
        ("?q=%00%ff", {}),
    ],
)
async def test_the_answer_is_what_fastapi_would_give(query: str, headers: dict[str, str]) -> None:
    ours, theirs = app_of(service_router("shop", nobody_is_refused)), app_of(APIRouter())
    expected = await answer(theirs, query, headers)
    assert await answer(ours, query, headers) == expected
    assert expected[2] == ["visitor"], "a dependency that two need is called once"


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"title": "Odes"}, ""),
        ({"title": "Odes", "price": 2}, "?sure=true"),
        ({"title": "Odes", "price": "2"}, ""),
        ({"title": "A title too long", "colour": 1}, "?sure=perhaps"),
        ({}, ""),
        ([], ""),
        ("x", ""),
    ],
)
async def test_a_body_is_validated_as_fastapi_would(body: object, query: str) -> None:
    ours, theirs = app_of(service_router("shop", nobody_is_refused)), app_of(APIRouter())
    assert await answer(ours, query, {}, body) == await answer(theirs, query, {}, body)


def test_what_is_not_simple_is_left_to_fastapi() -> None:
    simple: list[Callable[..., Any]] = [shelf, add]
    for endpoint in simple:
        assert plain_handler(APIRoute("/shelves/{shelf_id}", endpoint).dependant) is not None
    others: list[Callable[..., Any]] = [by_header, with_more, no_response, two_bodies]
    for endpoint in others:
        assert plain_handler(APIRoute("/", endpoint).dependant) is None
