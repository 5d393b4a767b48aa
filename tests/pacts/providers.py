"""The providers as they are: their applications, on real sockets and databases of their own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Request
from messages_alone import listening
from pact import Verifier
from pacts import published
from pacts.consumers import SECRET
from pacts.exchange import Json
from pacts.states import PATIENCE, States
from topics_alone import eventually

import messages.feeds
import messages.main
import messages.settings
import monolith.main
import monolith.settings
import topics.feeds
import topics.main
import topics.settings
import users.main
import users.settings
from chassis.app import face
from chassis.problem import BadRequest

log = logging.getLogger(__name__)

ACCOUNTS = {
    "authors": published.authors,
    "keys": published.by_statement(published.SET_KEYS),
    "sessions": published.by_statement(published.SESSIONS),
}
NAMES = ("web", "topics", "messages", "stranger")


async def silent(_: httpx.Request) -> httpx.Response:
    """A peer that has nothing to say."""
    await asyncio.Event().wait()
    raise AssertionError


def settings(url: str) -> Json:
    """Those of every provider."""
    peers = {f"{name}_url": f"http://{name}" for name in ("users", "topics", "messages")}
    keys = {name: f"{name}-key" for name in NAMES}
    return peers | {"database_url": url, "secret_key": SECRET, "caller_key": "key", "caller_keys": keys}


def users_provider(url: str) -> States:
    """Accounts and keys."""
    app = users.main.create_app(users.settings.Settings(**settings(url)))
    tables = ["users.users", "users.keys", "users.login_attempts", "users.idempotency"]
    return States(app, users.main.FEEDS, ACCOUNTS, tables)


def topics_provider(url: str) -> States:
    """Topics, and what the feeds of its peers have told it."""
    transport = httpx.MockTransport(silent)
    app = topics.main.create_app(topics.settings.Settings(**settings(url)), transport=transport)
    publish = {
        "topics": published.topics_of,
        "authors": published.by_statement(topics.feeds.AUTHORS),
        "keys": published.by_statement(topics.feeds.KEYS),
        "activity": published.by_statement(topics.feeds.ACTIVITY),
    }
    tables = ["topics.topics", "topics.tags", "topics.authors", "topics.idempotency"]
    return States(app, topics.main.FEEDS, publish, tables)


def messages_provider(url: str) -> States:
    """Messages, whose topics nobody asks for."""
    transport = httpx.MockTransport(silent)
    app = messages.main.create_app(messages.settings.Settings(**settings(url)), transport=transport)
    publish = {
        "activity": published.activity,
        "authors": published.by_statement(messages.feeds.AUTHORS),
        "keys": published.by_statement(messages.feeds.KEYS),
        "topics": published.by_statement(messages.feeds.TOPICS),
    }
    seam = ["messages.topics", "messages.authors"]
    tables = ["messages.messages", "messages.activity", "messages.idempotency", *seam]
    return States(app, messages.main.FEEDS, publish, tables)


def monolith_provider(url: str) -> States:
    """All three, to whoever knows the public API."""
    app = monolith.main.create_app(monolith.settings.Settings(**settings(url)))
    app.state.settings.caller_keys["web"] = "web-key"  # its own pages have another
    publish = ACCOUNTS | {"activity": published.activity, "topics": published.topics_of}
    tables = [
        *("users.users", "users.login_attempts", "users.idempotency"),
        *("topics.topics", "topics.tags", "topics.idempotency"),
        *("messages.messages", "messages.activity", "messages.idempotency"),
    ]
    return States(app, [], publish, tables)


PROVIDERS = {
    "users": users_provider,
    "topics": topics_provider,
    "messages": messages_provider,
    "monolith": monolith_provider,
}


@dataclass(frozen=True)
class Provider:
    """The URLs of a running one, and of where it is brought into a state."""

    public: str
    private: str
    states: str

    async def keeps(self, pact: Path) -> None:
        """Fails with what the pact says and this provider does not do."""
        consumer, _, provider = pact.stem.partition("-")
        verifier = Verifier(provider, "127.0.0.1").set_coloured_output(enabled=False)
        verifier.add_transport(url=self.public if consumer == "web" else self.private)
        verifier.add_source(pact).state_handler(self.states, body=True).set_request_timeout(30_000)
        try:
            await asyncio.to_thread(verifier.verify)
        except RuntimeError:
            pytest.fail(f"{verifier.output(strip_ansi=True)}", pytrace=False)


@asynccontextmanager
async def serving(states: States) -> AsyncIterator[Provider]:
    """The application on its two ports, and its states on a third."""
    router, settings = APIRouter(), states.app.state.settings

    @router.post("/")
    async def enter(request: Request) -> Json:
        wanted = await request.json()
        try:
            return await states.enter(wanted["state"], wanted["params"])
        except Exception as error:  # a 500 is asked for again, for two minutes
            log.exception("the state %r was not reached", wanted["state"])
            raise BadRequest() from error

    async with (
        listening(states.app, settings) as public,
        listening(states.app.state.private, settings) as private,
        listening(face("states", settings, [router], {}), settings) as entrance,
    ):
        await eventually(states.has_begun, PATIENCE)
        yield Provider(public, private, entrance)
