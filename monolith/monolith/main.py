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
from topics.elsewhere import state_elsewhere
from web import pages
from web.page import serve_pages
from web.transport import InProcess


def create_app(settings: Settings) -> FastAPI:
    """What keeps the seam true here is in seam.sql: no follower, no call between services."""
    key = token_urlsafe()  # the pages are a caller too, of this process
    settings = settings.model_copy(update={"caller_keys": settings.caller_keys | {"web": key}})
    database = Database(settings.database_url, pool_size=settings.pool_size, name="monolith")

    async def look_up_topic(topic: UUID) -> str | None:
        """Here `messages.topics` is a view of the topics: what it lacks is elsewhere, or nowhere."""
        return await state_elsewhere(app, topic)

    services = [
        users.main.parts(settings, database),
        topics.main.parts(settings, database),
        messages.main.parts(settings, database, look_up_topic),
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
