"""The topics service, put together."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
from fastapi import FastAPI

from chassis.app import Parts, compose
from chassis.database import Database
from chassis.program import History
from chassis.settings import ServiceSettings
from chassis.tokens import Verifier
from topics import api, feeds
from topics.reading import live_keys
from topics.settings import Settings

HERE = Path(__file__).parent
HISTORY = History("topics", HERE / "migrations")
FEEDS = [feeds.TOPICS]


def parts(settings: ServiceSettings, database: Database) -> Parts:
    """What this service is in either deployment: all but who keeps its seam true."""
    return Parts(
        schemas=["topics"],
        routers=[api.router],
        private=[api.private],
        feeds=FEEDS,
        state={
            "verifier": Verifier(
                partial(live_keys, database), issuer=settings.issuer, audience=settings.audience
            )
        },
    )


def create_app(settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The service of the split: feeds keep its seam true. `transport` reaches the peers."""
    database = Database(settings.database_url, pool_size=settings.pool_size, name="topics")
    own = parts(settings, database)
    split = replace(own, followers=feeds.followers(settings, database, transport))
    return compose("topics", settings, database, split)
