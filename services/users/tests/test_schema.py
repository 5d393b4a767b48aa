"""The migrations, the tables that the code believes in, and what the API documents."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.openapi.utils import get_openapi
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.migrate import migrate
from users import api
from users.main import HISTORY
from users.models import metadata

CHASSIS = {"idempotency", "feed_epoch", "ownership", "marks", "alembic_version"}  # the chassis makes them


async def test_migrating_twice_is_migrating_once(fresh_database: Callable[..., Awaitable[str]]) -> None:
    url = await fresh_database()
    for _ in range(2):
        await asyncio.to_thread(migrate, url, [HISTORY])


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
async def test_the_models_are_what_the_migrations_make(users_migrated: str) -> None:
    engine = create_async_engine(make_url(users_migrated).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        differences = await connection.run_sync(_compare)
    await engine.dispose()
    assert differences == []


def _compare(connection: Connection) -> list[Any]:
    def ours(item: Any, name: str | None, kind: str, *_: Any) -> bool:
        table = name if kind == "table" else item.table.name
        is_stamp = name == "changed" or (kind == "index" and "changed" in item.columns)
        return table not in CHASSIS and not is_stamp

    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name == "users",
        "include_object": ours,
        "compare_server_default": True,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_every_operation_is_documented_with_its_problems() -> None:
    paths = get_openapi(title="Users", version="1", routes=api.router.routes)["paths"]
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    for name, operation in operations.items():
        assert operation["summary"], name
        assert "503" in operation["responses"], name
        assert "401" in operation["responses"] or "security" not in operation, name
    public = {"POST /api/users", "POST /api/sessions", "POST /api/sessions/refresh"}
    assert {name for name, operation in operations.items() if "security" not in operation} == public
    codes = {
        name: {
            code
            for answer in operation["responses"].values()
            for content in answer.get("content", {}).values()
            for code in content.get("examples", {})
        }
        for name, operation in operations.items()
    }
    assert {"bad_credentials", "suspended", "too_many_failures"} <= codes["POST /api/sessions"]
    assert {"bad_credentials", "forbidden", "suspended"} <= codes["DELETE /api/users/me"]
    assert {"user_not_found", "forbidden", "precondition_failed"} <= codes["PATCH /api/users/{username}"]
    assert {"username_taken", "idempotency_key_reused"} <= codes["POST /api/users"]
