"""The users service alone: real application, real PostgreSQL, made-up people."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI

from chassis.database import Database
from users.administration import make_admin
from users.main import create_app
from users.settings import Settings

Json = dict[str, Any]

SECRET = "users-secret-of-at-least-32-characters"  # noqa: S105
PASSWORD = "correct horse"  # noqa: S105
OTHER_PASSWORD = "battery staple"  # noqa: S105


class Person:
    """Somebody logged in, who speaks to the service."""

    def __init__(self, client: httpx.AsyncClient, session: Json) -> None:
        self.client = client
        self.holds(session)

    def holds(self, session: Json) -> Json:
        """From now on this pair of tokens."""
        self.session, self.user = session, session["user"]
        self.id, self.username, self.token = self.user["id"], self.user["username"], session["access_token"]
        return session

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request with this person's token."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """GET."""
        return await self.request("GET", path, params=params)

    async def changes(self, user: "Person | str", headers: Any = None, **body: Any) -> httpx.Response:
        """PATCH of somebody else."""
        username = user if isinstance(user, str) else user.username
        return await self.request("PATCH", f"/api/users/{username}", json=body, headers=headers or {})

    async def refreshes(self) -> httpx.Response:
        """The answer; this person goes on with the tokens held before."""
        pair = {"refresh_token": self.session["refresh_token"]}
        return await self.client.post("/api/sessions/refresh", json=pair)

    async def leaves(self, password: str = PASSWORD) -> httpx.Response:
        """DELETE of the own account."""
        return await self.request("DELETE", "/api/users/me", json={"password": password})


class Service:
    """The running service."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self.app, self.settings, self.url = app, settings, settings.database_url
        self.client = _client(app)
        self.private = _client(app.state.private)
        self.database: Database = app.state.database

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """GET without a token."""
        return await self.client.get(path, params=params)

    async def register(self, username: str = "", **fields: Any) -> Json:
        """The User that POST answers."""
        account = {"username": username or unique(), "password": PASSWORD} | fields
        return accepted(await self.client.post("/api/users", json=account), 201)

    async def log_in(self, username: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
        """POST /api/sessions."""
        credentials = {"username": username, "password": password}
        return await self.client.post("/api/sessions", json=credentials, headers=headers)

    async def person(self, username: str = "", **fields: Any) -> Person:
        """Somebody new, logged in."""
        user = await self.register(username, **fields)
        return await self.again(user["username"])

    async def again(self, person: Person | str) -> Person:
        """The same one, in a session of its own."""
        username = person if isinstance(person, str) else person.username
        return Person(self.client, accepted(await self.log_in(username), 201))

    async def admin(self) -> Person:
        """A new administrator."""
        username = unique()
        await make_admin(self.database, username, PASSWORD)
        return await self.again(username)

    async def moderator(self) -> Person:
        """A new moderator."""
        user = await self.register()
        await self.query("UPDATE users.users SET role = 'moderator' WHERE id = $1", uuid.UUID(user["id"]))
        return await self.again(user["username"])

    async def suspended(self) -> Person:
        """Somebody whom a moderator has suspended."""
        person = await self.person()
        await self.query("UPDATE users.users SET state = 'suspended' WHERE id = $1", uuid.UUID(person.id))
        return person

    async def pages(self, **params: Any) -> AsyncIterator[list[Json]]:
        """The pages of the list of users, each asked for when it is wanted."""
        page = accepted(await self.get("/api/users", **params))
        yield page["items"]
        while page["next"]:
            page = accepted(await self.get("/api/users", **params, cursor=page["next"]))
            yield page["items"]

    async def names(self, **params: Any) -> list[str]:
        """Every username of a list, page by page."""
        return [user["username"] async for page in self.pages(**params) for user in page]

    async def internal(self, path: str, key: str | None = "topics", **params: Any) -> httpx.Response:
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


def settings(url: str, **others: Any) -> Settings:
    """Those of the tests."""
    keys = {name: f"{name}-key" for name in ("topics", "messages", "web", "stranger")}
    return Settings(database_url=url, secret_key=SECRET, caller_keys=keys, drain_seconds=0, **others)


@asynccontextmanager
async def running(url: str, **others: Any) -> AsyncIterator[Service]:
    """The service on a migrated database, with its background at work."""
    chosen = settings(url, **others)
    app = create_app(chosen)
    service = Service(app, chosen)
    async with app.router.lifespan_context(app):
        yield service
        await service.client.aclose()
        await service.private.aclose()


def _client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://users")


def unique(prefix: str = "u") -> str:
    """A username that nobody has."""
    return f"{prefix}{uuid.uuid4().hex[:12]}"


def accepted(answer: httpx.Response, status: int = 200) -> Json:
    """The body of an answer that has this status."""
    assert answer.status_code == status, answer.text
    body: Json = answer.json() if answer.content else {}
    return body


def refused(answer: httpx.Response, status: int, code: str = "", field: str = "") -> Json:
    """The problem of an answer that has this status, code, and field among its errors."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert status != 401 or answer.headers["www-authenticate"].startswith("Bearer")
    problem: Json = answer.json()
    assert not code or problem["code"] == code, problem
    assert not field or field in {error["field"] for error in problem["errors"]}, problem
    return problem
