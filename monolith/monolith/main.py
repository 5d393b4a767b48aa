"""The monolith: the three services and the web front end over one engine."""

from secrets import token_urlsafe
from uuid import UUID

from fastapi import FastAPI

import messages.main
import topics.main
import users.main
from chassis.app import Parts, compose
from chassis.database import Database
from monolith.settings import Settings
from web import pages
from web.page import serve_pages
from web.transport import InProcess


async def nobody_to_ask(_: UUID) -> None:
    """Here `messages.topics` is a view of the topics themselves: what it lacks does not exist."""
    return


def create_app(settings: Settings) -> FastAPI:
    """What keeps the seam true here is in seam.sql: no follower, no call between services."""
    key = token_urlsafe()  # the pages are a caller too, of this process
    settings = settings.model_copy(update={"caller_keys": settings.caller_keys | {"web": key}})
    database = Database(settings.database_url, pool_size=settings.pool_size, name="monolith")
    services = [
        users.main.parts(settings, database),
        topics.main.parts(settings, database),
        messages.main.parts(settings, database, nobody_to_ask),
    ]
    app = compose(
        "monolith",
        settings,
        database,
        Parts(
            schemas=[schema for parts in services for schema in parts.schemas],
            routers=[*(router for parts in services for router in parts.routers), *pages.ROUTERS],
            private=[router for parts in services for router in parts.private],
            feeds=[feed for parts in services for feed in parts.feeds],
            jobs=[job for parts in services for job in parts.jobs],
            state={name: value for parts in services for name, value in parts.state.items()},
        ),
    )
    app.state.api, app.state.caller_key = InProcess(app), key
    serve_pages(app)
    return app
