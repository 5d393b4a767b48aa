"""The topics service alone: real application, real PostgreSQL, made-up peers and people."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from chassis.ids import uuid7
from topics.main import create_app
from topics.settings import Settings

Json = dict[str, Any]

KEY = Ed25519PrivateKey.generate()
PUBLIC = jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key())
SECRET = "topics-secret-of-at-least-32-characters"  # noqa: S105


class Peers:
    """Users and messages: their feeds hand out what a test tells, and wait when there is nothing new."""

    def __init__(self) -> None:
        self.feeds: dict[str, list[Json]] = {"authors": [], "keys": [], "activity": []}
        self.told = asyncio.Event()
        self.callers: set[str | None] = set()
        self.tell("keys", kid="test", jwk=PUBLIC, state="live")

    def tell(self, relation: str, **row: Any) -> None:
        """The feed of `relation` has one more row."""
        self.feeds[relation].append(row)
        self.told.set()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """GET /internal/changes/{relation}; a cursor is how many rows came before it."""
        rows = self.feeds[request.url.path.rpartition("/")[2]]
        self.callers.add(request.headers.get("authorization"))
        position = int(request.url.params["since"] or 0)
        while position == len(rows):
            self.told.clear()
            await self.told.wait()
        return httpx.Response(200, json={"items": rows[position:], "next": str(len(rows)), "caught_up": True})


class Person:
    """Somebody with an access token who speaks to the service."""

    def __init__(self, client: httpx.AsyncClient, role: str = "member", **claims: Any) -> None:
        self.id = str(claims.get("sub", uuid7()))
        self.username = f"u{uuid.uuid4().hex[:12]}"
        self.author = {"id": self.id, "username": self.username, "display_name": "Somebody"}
        self.client, self.token = client, token(self, role, **claims)

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request with this person's token."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)

    async def starts_topic(self, **fields: Any) -> Json:
        """The topic that POST answers."""
        sent = {"title": "Title", "body": "Body"} | fields
        return accepted(await self.request("POST", "/api/topics", json=sent), 201)

    async def edits(
        self, topic: Json, headers: dict[str, str] | None = None, **fields: Any
    ) -> httpx.Response:
        """PATCH."""
        return await self.request("PATCH", f"/api/topics/{topic['id']}", json=fields, headers=headers or {})

    async def deletes(self, topic: Json, headers: dict[str, str] | None = None) -> httpx.Response:
        """DELETE."""
        return await self.request("DELETE", f"/api/topics/{topic['id']}", headers=headers or {})


def token(person: Person, role: str, **claims: Any) -> str:
    """An access token as the users service signs it."""
    now = int(time.time())
    content = {
        "iss": "forum",
        "aud": "forum",
        "sub": person.id,
        "sid": str(uuid.uuid4()),
        "username": person.username,
        "display_name": "Somebody",
        "role": role,
        "iat": now,
        "exp": now + 600,
    }
    return jwt.encode(content | claims, KEY, algorithm="EdDSA", headers={"kid": "test"})


class Service:
    """The running service."""

    def __init__(self, app: FastAPI, url: str, peers: Peers) -> None:
        self.app, self.url, self.peers = app, url, peers
        self.client = _client(app)
        self.private = _client(app.state.private)

    def person(self, role: str = "member", **claims: Any) -> Person:
        """Somebody new, of whom no feed has told."""
        return Person(self.client, role, **claims)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """GET without a token."""
        return await self.client.get(path, params=params)

    async def topic(self, topic: Json) -> Json:
        """The topic as it is now."""
        return accepted(await self.get(f"/api/topics/{topic['id']}"))

    async def pages(self, **params: Any) -> AsyncIterator[list[Json]]:
        """The pages of a list, each asked for when it is wanted."""
        page = accepted(await self.get("/api/topics", **params))
        yield page["items"]
        seen: set[str] = set()
        while page["next"]:
            assert page["next"] not in seen, "a list that never ends"
            seen.add(page["next"])
            page = accepted(await self.get("/api/topics", **params, cursor=page["next"]))
            yield page["items"]

    async def rows(self, **params: Any) -> list[Json]:
        """Every row of a list, page by page."""
        return [row async for page in self.pages(**params) for row in page]

    async def internal(self, path: str, key: str | None = "messages", **params: Any) -> httpx.Response:
        """GET on the private port; a caller's key is its name with `-key`."""
        auth = (key, f"{key}-key") if key else None
        return await self.private.get(path, params=params, auth=auth)

    async def query(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Straight from the database."""
        connection = await asyncpg.connect(self.url)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
            return rows
        finally:
            await connection.close()


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Service]:
    """The service on a migrated database, with its followers at work."""
    settings = Settings(
        database_url=url,
        secret_key=SECRET,
        users_url="http://users",
        messages_url="http://messages",
        caller_key="topics-key",
        caller_keys={"messages": "messages-key", "stranger": "stranger-key"},
        drain_seconds=0,
    )
    peers = Peers()
    app = create_app(settings, transport=httpx.MockTransport(peers.answer))
    service = Service(app, url, peers)
    async with app.router.lifespan_context(app):
        await eventually(lambda: _knows_the_key(service))
        yield service
        await service.client.aclose()
        await service.private.aclose()


async def _knows_the_key(service: Service) -> None:
    assert await service.query("SELECT FROM topics.keys")


def _client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://topics")


def accepted(answer: httpx.Response, status: int = 200) -> Json:
    """The body of an answer that has this status."""
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


def refused(answer: httpx.Response, status: int, code: str = "", field: str = "") -> Json:
    """The problem of an answer that has this status, code, and field among its errors."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: Json = answer.json()
    assert not code or problem["code"] == code
    assert not field or field in {error["field"] for error in problem["errors"]}, problem
    return problem


async def eventually(check: Callable[[], Awaitable[None]], seconds: float = 5.0) -> None:
    """Waits until `check` raises no AssertionError; after `seconds` it is the caller's."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.01)


def shape(topic: Json) -> Json:
    """A topic as a row of a list shows it."""
    return {name: value for name, value in topic.items() if name not in ("body", "html")}
