"""The messages service, put together."""

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
from messages import api, feeds
from messages.peers import Introductions, LookUp, Topics
from messages.reading import live_keys
from messages.settings import Settings
from messages.stream import LiveStreams

HERE = Path(__file__).parent
HISTORY = History("messages", HERE / "migrations")
FEEDS = [feeds.ACTIVITY]


def parts(settings: ServiceSettings, database: Database, look_up_topic: LookUp) -> Parts:
    """What this service is in either deployment: all but who keeps its seam true."""
    live_streams = LiveStreams(database)
    return Parts(
        schemas=["messages"],
        routers=[api.router],
        feeds=FEEDS,
        jobs=[live_streams.run, live_streams.end_with],
        state={
            "verifier": Verifier(
                partial(live_keys, database), issuer=settings.issuer, audience=settings.audience
            ),
            "learn_topic": Introductions(database, look_up_topic).learn,
            "live_streams": live_streams,
        },
    )


def create_app(settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The service of the split: feeds keep its seam true, and topics is asked for what they have not
    brought yet. `transport` reaches the peers."""
    database = Database(settings.database_url, pool_size=settings.pool_size, name="messages")
    topics = Topics(settings, transport)
    own = parts(settings, database, topics.look_up)
    split = replace(
        own,
        followers=feeds.followers(settings, database, transport),
        jobs=[*own.jobs, topics.stay_open],
    )
    return compose("messages", settings, database, split)
