"""The web front end as an application of its own, as it runs in the split."""

import httpx
from fastapi import FastAPI

from chassis import health
from chassis.app import face
from web import pages
from web.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """A client of the public API and nothing else; no database."""
    encrypted = settings.api_url.startswith("https:")  # loading certificates takes 20 ms
    api = httpx.AsyncClient(base_url=settings.api_url, timeout=3.0, trust_env=False, verify=encrypted)
    state = {"api": api, "followers": (), "database_check": None}
    app = face("web", settings, [pages.router, health.router], state)
    app.state.private = face("web (private)", settings, [health.router, health.metrics_router], state)
    return app
