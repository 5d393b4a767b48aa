"""The topics service: its parts, and the application that they make in the split."""

from dataclasses import replace
from pathlib import Path

import httpx
from fastapi import FastAPI

from chassis.app import Parts, compose
from chassis.database import Database
from chassis.migrate import History
from chassis.settings import ServiceSettings
from topics import api
from topics.feeds import FEEDS, followers
from topics.settings import Settings

__all__ = ["FEEDS", "HISTORY", "create_app", "parts"]

HISTORY = History("topics", Path(__file__).parent / "migrations")


def parts(settings: ServiceSettings, database: Database) -> Parts:
    """What topics bring to any composition."""
    return Parts(
        schemas=["topics"],
        routers=[api.router],
        private=[api.private],
        feeds=FEEDS,
        state={"verifier": api.verifier(settings, database)},
    )


def create_app(settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The service alone; the feeds of its peers keep its seam true."""
    database = Database(settings.database_url, pool_size=settings.pool_size, name="topics")
    service = parts(settings, database)
    return compose(
        "topics",
        settings,
        database,
        replace(service, followers=followers(settings, database, transport)),
    )
