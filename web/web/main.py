"""The web front end as an application of its own, as it runs in the split."""

from fastapi import FastAPI

from chassis import health
from chassis.app import face
from web import pages
from web.page import serve_pages
from web.settings import Settings
from web.transport import OverHttp


def create_app(settings: Settings) -> FastAPI:
    """A client of the public API and nothing else; no database."""
    api = OverHttp(settings.api_url)
    state = {
        "api": api,
        "caller_key": settings.caller_key,
        "settings": settings,
        "followers": (),
        "database_check": None,
    }
    app = face("web", settings, [*pages.ROUTERS, health.router], state, close=api.aclose)
    serve_pages(app)
    app.state.private = face("web (private)", settings, [health.router, health.metrics_router], state)
    return app
