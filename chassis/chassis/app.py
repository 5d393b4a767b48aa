"""What every application is made of: a public face, a private one, and work in the background."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from chassis import health
from chassis.changes import Feed, Wakeup, ensure_epoch, feeds_router
from chassis.database import Database
from chassis.edge import Edge
from chassis.follow import Follower, tell_lag
from chassis.idempotency import Answers
from chassis.ownership import Ownership
from chassis.paging import Cursors
from chassis.passing import PassingOn
from chassis.problem import Problem, on_http_exception, on_problem, on_validation_error
from chassis.settings import ServiceSettings, Settings

HOUSEKEEPING_SECONDS = 3600

Job = Callable[[FastAPI], Awaitable[None]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """What a service brings: the composition root lists them, `compose` puts them together.

    `state` becomes attributes of `app.state`, where dependencies find them. `jobs` run from start to
    stop and are started again when they fail. `private` answers on the private port only.
    """

    schemas: Sequence[str]
    routers: Sequence[APIRouter]
    private: Sequence[APIRouter] = ()
    feeds: Sequence[Feed] = ()
    followers: Sequence[Follower] = ()
    jobs: Sequence[Job] = ()
    state: dict[str, Any] = field(default_factory=dict)


def compose(name: str, settings: ServiceSettings, database: Database, parts: Parts) -> FastAPI:
    """An application with a database: its public face; `app.state.private` is the other."""
    wakeup = Wakeup(database)
    ownership = Ownership(database, parts.schemas)
    pass_on = PassingOn()

    async def close() -> None:
        await pass_on.aclose()
        await database.close()

    state = {
        "settings": settings,
        "database": database,
        "database_check": health.DatabaseCheck(database),
        "followers": parts.followers,
        "cursors": Cursors(settings.secret_key),
        "answers": Answers(settings.secret_key, list(parts.schemas)),
        "ownership": ownership,
        "pass_on": pass_on,
        "wakeup": wakeup,
        "wake": wakeup.wake,
        **parts.state,
    }
    jobs = [
        *(_epoch_of(schema, parts.feeds) for schema in parts.schemas if parts.feeds),
        ownership.keep_looking,
        _housekeeping,
        _end_waiting,
        *(_follow(follower) for follower in parts.followers),
        *([_tell_lag] if parts.followers else []),
        *parts.jobs,
    ]
    app = face(name, settings, [*parts.routers, health.router], state, jobs, close)
    private = [*parts.private, feeds_router(parts.feeds), health.router, health.metrics_router]
    app.state.private = face(f"{name} (private)", settings, private, app.state._state)
    return app


def face(
    name: str,
    settings: Settings,
    routers: Sequence[APIRouter],
    state: dict[str, Any],
    jobs: Sequence[Job] = (),
    close: Callable[[], Awaitable[None]] | None = None,
) -> FastAPI:
    """One FastAPI application with the manners of the chassis; `close` is awaited at its end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_keep_running(job, app)) for job in jobs]
        try:
            yield
        finally:
            app.state.stopping.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if close is not None:
                await close()

    app = FastAPI(
        title=name,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # Edge does it
    )
    app.state.draining, app.state.stopping = asyncio.Event(), asyncio.Event()
    for attribute, value in state.items():
        setattr(app.state, attribute, value)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    for router in routers:  # as they are: include_router wraps each route in a layer that costs time
        app.router.routes.extend(router.routes)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"],
            expose_headers=["ETag", "Link", "Location", "Retry-After", "X-Request-ID"],
        )
    app.add_middleware(Edge, service=name)
    return app


async def _keep_running(job: Job, app: FastAPI) -> None:
    """Runs a job to its end; one that fails is logged and tried again in a second."""
    while True:
        try:
            await job(app)
            return
        except Exception as error:
            log.warning(
                "a background job failed and is tried again: %r", error, exc_info=not _expected(error)
            )
            await asyncio.sleep(1)


def _expected(error: Exception) -> bool:
    return isinstance(error, Problem)


def _epoch_of(schema: str, feeds: Sequence[Feed]) -> Job:
    async def epoch(app: FastAPI) -> None:
        await ensure_epoch(app.state.database, schema, [f for f in feeds if f.schema == schema])

    return epoch


def _follow(follower: Follower) -> Job:
    async def follow(_: FastAPI) -> None:
        await follower.run()

    return follow


async def _tell_lag(app: FastAPI) -> None:
    await tell_lag(app.state.followers)


async def _end_waiting(app: FastAPI) -> None:
    """Long polls answer as soon as the process is to stop."""
    await app.state.stopping.wait()
    app.state.wake()


async def _housekeeping(app: FastAPI) -> None:
    while True:
        with suppress(Problem):
            await app.state.answers.forget_old(app.state.database)
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
