"""The messages service alone: people with tokens, topics that its peers know or not."""

import asyncio
import socket
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from chassis.ids import uuid7
from chassis.serve import Server, _server
from chassis.settings import Settings as ChassisSettings
from messages.main import create_app
from messages.settings import Settings

Json = dict[str, Any]

KEY = Ed25519PrivateKey.generate()
PUBLIC = jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key())
SECRET = "messages-secret-of-thirty-two-characters"  # noqa: S105


class Peers:
    """users and topics as this service sees them. Their feeds are silent; topics knows `topics`."""

    def __init__(self) -> None:
        self.topics: dict[UUID, str] = {}
        self.asked: list[UUID] = []
        self.arrived: dict[UUID, asyncio.Event] = defaultdict(asyncio.Event)
        self.answer = asyncio.Event()
        self.answer.set()
        self.down = False
        self.transport = httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/internal/changes/"):
            if request.url.params["since"]:
                await asyncio.Event().wait()
            return httpx.Response(200, json={"items": [], "next": "epoch:0:", "caught_up": True})
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        topic = UUID(request.url.path.removeprefix("/internal/topics/"))
        self.asked.append(topic)
        self.arrived[topic].set()
        state = self.topics.get(topic)
        await self.answer.wait()
        if state is None:
            return httpx.Response(404, json={"code": "topic_not_found"})
        return httpx.Response(200, json={"id": str(topic), "state": state})


class Person:
    """Somebody with a token."""

    def __init__(self, client: httpx.AsyncClient, username: str, role: str) -> None:
        self.client, self.id, self.username = client, uuid.uuid4(), username
        self.claims = {"sub": str(self.id), "username": username, "display_name": username.title()}
        self.token = token(self.claims | {"role": role})

    @property
    def author(self) -> Json:
        return {"id": str(self.id), "username": self.username, "display_name": self.claims["display_name"]}

    async def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | how.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **how)

    async def posts(self, topic: UUID, body: str = "A reply.", **how: Any) -> httpx.Response:
        headers = how.pop("headers", {})
        path = f"/api/topics/{topic}/messages"
        return await self.request("POST", path, json={"body": body} | how, headers=headers)

    async def replies(self, topic: UUID, body: str = "A reply.", **how: Any) -> Json:
        answer = await self.posts(topic, body, **how)
        assert answer.status_code == 201, answer.text
        message: Json = answer.json()
        return message

    async def edits(self, message: Json, body: str, **headers: str) -> httpx.Response:
        return await self.request(
            "PATCH", f"/api/messages/{message['id']}", json={"body": body}, headers=headers
        )

    async def deletes(self, message: Json) -> httpx.Response:
        return await self.request("DELETE", f"/api/messages/{message['id']}")


def token(claims: Json) -> str:
    now = int(time.time())
    base = {"iss": "forum", "aud": "forum", "iat": now, "exp": now + 600, "sid": str(uuid.uuid4())}
    return jwt.encode(base | claims, KEY, algorithm="EdDSA", headers={"kid": "test"})


class Service:
    """The service with a database of its own, and a hand in what it knows of its peers."""

    def __init__(self, url: str, peers: Peers, pool_size: int) -> None:
        self.url, self.peers = url, peers
        self.settings = Settings(
            database_url=url,
            secret_key=SECRET,
            caller_key="our-key",
            caller_keys={"topics": "topics-key"},
            users_url="http://users",
            topics_url="http://topics",
            pool_size=pool_size,
        )
        self.app: FastAPI = create_app(self.settings, transport=peers.transport)

    async def run(self) -> AsyncIterator["Service"]:
        self.sql = await asyncpg.connect(self.url)
        await self.sql.execute(
            "INSERT INTO messages.keys VALUES ('test', $1, 'live') ON CONFLICT (kid) DO UPDATE SET jwk = $1",
            PUBLIC,
        )
        transport = httpx.ASGITransport(self.app)
        async with (
            self.app.router.lifespan_context(self.app),
            httpx.AsyncClient(transport=transport, base_url="http://messages") as self.client,
        ):
            yield self
        await self.sql.close()

    def person(self, username: str = "", *, role: str = "member") -> Person:
        return Person(self.client, username or f"p{uuid.uuid4().hex[:12]}", role)

    async def author(self, state: str = "active", **how: Any) -> Person:
        """Somebody whom the users feed has brought."""
        person = self.person(**how)
        await self.knows(person, state)
        return person

    async def knows(self, person: Person, state: str) -> None:
        await self.sql.execute(
            """INSERT INTO messages.authors VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET username = $2, display_name = $3, state = $4""",
            person.id,
            "deleted" if state == "deleted" else person.username,
            "Deleted user" if state == "deleted" else person.claims["display_name"],
            state,
        )

    async def topic(self, state: str = "open") -> UUID:
        """A topic that the topics feed has brought."""
        topic = uuid7()
        await self.turns(topic, state)
        return topic

    async def turns(self, topic: UUID, state: str) -> None:
        await self.sql.execute(
            "INSERT INTO messages.topics VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET state = $2",
            topic,
            state,
        )

    async def get(self, path: str, **params: Any) -> Json:
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    async def all(self, path: str, **params: Any) -> list[Json]:
        """Every item of a list, page by page."""
        items: list[Json] = []
        page: Json = {"next": None}
        while not items or page["next"]:
            page = await self.get(path, **params | ({"cursor": page["next"]} if page["next"] else {}))
            items += page["items"]
            if not page["items"]:
                break
        return items

    async def activity(self, topic: UUID) -> Json:
        row = await self.sql.fetchrow("SELECT * FROM messages.activity WHERE topic_id = $1", topic)
        return dict(row)


@asynccontextmanager
async def listening(app: FastAPI, settings: ChassisSettings) -> AsyncIterator[str]:
    server: Server = _server(app, 0, settings)
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    place.listen()
    serving = asyncio.create_task(server.serve([place]))
    try:
        yield f"http://127.0.0.1:{place.getsockname()[1]}"
    finally:
        app.state.stopping.set()
        server.should_exit = True
        await serving
        place.close()
