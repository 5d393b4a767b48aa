"""/health/live, /health/ready and /metrics."""

import time

import orjson
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis.answers import JSON
from chassis.database import Database, sql
from chassis.problem import Problem

DATABASE_CHECK_SECONDS = 2.0

_ALIVE = sql("SELECT 1 AS alive")

router = APIRouter(include_in_schema=False)
metrics_router = APIRouter(include_in_schema=False)


class DatabaseCheck:
    """Whether the database answers, asked at most once in two seconds however often it is read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._checked_at, self._answer = float("-inf"), "unknown"

    async def answer(self) -> str:
        """`ok` or `unreachable`."""
        if time.monotonic() - self._checked_at > DATABASE_CHECK_SECONDS:
            self._checked_at = time.monotonic()
            try:
                await self._database.one(_ALIVE)
                self._answer = "ok"
            except Problem:
                self._answer = "unreachable"
        return self._answer


@router.get("/health/live")
async def live() -> Response:
    """200 as long as the process answers."""
    return Response(b'{"status":"live"}', media_type=JSON)


@router.get("/health/ready")
async def ready(request: Request) -> Response:
    """503 once the process drains, else 200. A database that blinks is said in the body only: failing
    for it would empty the target group."""
    state = request.app.state
    draining = state.draining.is_set()
    body = {
        "status": "draining" if draining else "ready",
        "database": await state.database_check.answer() if state.database_check else None,
        "feeds": {f.name: {"lag_seconds": f.lag(), "last_error": f.last_error} for f in state.followers},
    }
    return Response(orjson.dumps(body), 503 if draining else 200, media_type=JSON)


@metrics_router.get("/metrics")
async def metrics() -> Response:
    """Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
