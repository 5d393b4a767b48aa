"""A bookshop on the chassis: what the chassis does must be right here too."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI, Query, Request, Response

from chassis import changes, idempotency, ownership
from chassis.answers import IfMatch, entity, page, saved
from chassis.app import Parts, compose
from chassis.database import Database, Queries, sql
from chassis.endpoint import Db, Tx, service_router
from chassis.problem import NotFound, Problem
from chassis.settings import ServiceSettings
from chassis.text import Body, Line, parse_id, timestamp
from chassis.tokens import Claims

SECRET = "bookshop-secret-of-thirty-two-characters"  # noqa: S105


async def nobody_is_refused(_: Queries, __: Claims) -> None:
    """Customers are not known here."""


router = service_router("shop", nobody_is_refused)


class NewBook(Body):
    title: Line


class NoSuchBook(NotFound):
    code, title = "book_not_found", "There is no such book"


class SoldOut(Problem):
    status, code, title, commits = 409, "sold_out", "The refusal is written down", True


def shape(row: Any) -> dict[str, Any]:
    return {"id": row["id"], "title": row["title"], "created_at": timestamp(row["created_at"])}


@router.post("/books")
async def add(book: NewBook, db: Tx) -> Response:
    row = await db.one(ADD, id=uuid.uuid4(), title=book.title)
    assert row is not None
    if book.title == "sold out":
        raise SoldOut()
    if book.title == "trouble":
        raise NotFound("nothing of this is kept")
    return saved(shape(row), row["version"], location=f"/books/{row['id']}")


@router.get("/books")
async def shelf(request: Request, db: Db, limit: int = Query(20, ge=1, le=100), cursor: str = "") -> Response:
    cursors = request.app.state.cursors
    after = cursors.decode("shelf", cursor)[0] if cursor else ""
    rows = await db.all(SHELF, after=after, limit=limit + 1)
    more = cursors.encode("shelf", rows[limit - 1]["title"]) if len(rows) > limit else None
    return page(request, [shape(row) for row in rows[:limit]], more)


@router.get("/books/{book_id}")
async def book(book_id: str, request: Request, db: Db) -> Response:
    row = await db.one(BOOK, id=parse_id(book_id, NoSuchBook))
    if row is None:
        raise NoSuchBook()
    return entity(request, shape(row), row["version"])


@router.patch("/books/{book_id}")
async def rename(book_id: str, new: NewBook, expected: IfMatch, db: Tx) -> Response:
    row = await db.one(BOOK, id=parse_id(book_id, NoSuchBook))
    if row is None:
        raise NoSuchBook()
    expected.check(row["version"])
    row = await db.one(RENAME, id=row["id"], title=new.title)
    assert row is not None
    return saved(shape(row), row["version"])


@router.get("/broken")
async def broken() -> Response:
    raise RuntimeError("a mistake of ours")


ADD = sql("INSERT INTO shop.books (id, title) VALUES (:id, :title) RETURNING *")
BOOK = sql("SELECT * FROM shop.books WHERE id = :id")
RENAME = sql("UPDATE shop.books SET title = :title, version = version + 1 WHERE id = :id RETURNING *")
SHELF = sql("SELECT * FROM shop.books WHERE title > :after ORDER BY title LIMIT :limit")
DDL = f"""
    CREATE SCHEMA shop;
    CREATE TABLE shop.books (
        id uuid PRIMARY KEY, title text COLLATE "C" NOT NULL, version int NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now()
    );
    {idempotency.ddl("shop")}
    {changes.ddl("shop")}
    {changes.stamp_ddl("shop", "books", "id", ["title"])}
    {ownership.ddl("shop")}
    {ownership.fence_ddl("shop", "books", but=["changed"])}
    {ownership.fence_ddl("shop", "idempotency")}
"""
FEED = changes.Feed("books", "shop", "books", "id", {"id": "id", "title": "title"}, frozenset({"library"}))


async def open_shop(url: str) -> None:
    """Makes the tables in an empty database."""
    connection = await asyncpg.connect(url)
    await connection.execute(DDL)
    await connection.close()


def create_app(url: str) -> FastAPI:
    settings = ServiceSettings(
        database_url=url,
        secret_key=SECRET,
        caller_keys={"library": "key-of-the-library", "stranger": "key-of-a-stranger"},
        drain_seconds=0,
    )
    database = Database(url, name="shop")
    return compose("shop", settings, database, Parts(schemas=["shop"], routers=[router], feeds=[FEED]))


@asynccontextmanager
async def visit(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the public face, with the application's background running."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            yield client
