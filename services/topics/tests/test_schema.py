"""The migrations, the tables that the code believes in, and what the API documents."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from fastapi.openapi.utils import get_openapi

from chassis.migrate import migrate
from topics import api
from topics.main import HERE, HISTORY
from topics.models import metadata

SEAM = (HERE / "seam.sql").read_text()


async def test_migrating_twice_is_migrating_once(fresh_database: Callable[..., Awaitable[str]]) -> None:
    url = await fresh_database()
    for _ in range(2):
        await asyncio.to_thread(migrate, url, [HISTORY], after=SEAM)


async def test_the_models_are_what_the_migrations_make(migrated: str) -> None:
    connection = await asyncpg.connect(migrated)
    try:
        rows = await connection.fetch("""
            SELECT table_name, column_name, is_nullable = 'YES' AS nullable
            FROM information_schema.columns WHERE table_schema = 'topics'
        """)
    finally:
        await connection.close()
    made = {(row["table_name"], row["column_name"], row["nullable"]) for row in rows}
    modelled = {(t.name, c.name, c.nullable) for t in metadata.tables.values() for c in t.columns}
    ours = {table.name for table in metadata.tables.values()}
    assert {entry for entry in made if entry[0] in ours} - modelled == {("topics", "changed", False)}
    assert modelled <= made


def test_every_operation_is_documented_with_its_problems() -> None:
    paths = get_openapi(title="Topics", version="1", routes=api.router.routes)["paths"]
    operations = {
        (method.upper(), path): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation["security"], name
        assert "401" in operation["responses"], name
    statuses = {name: sorted(operation["responses"]) for name, operation in operations.items()}
    assert statuses[("POST", "/api/topics")] == ["201", "400", "401", "403", "413", "415", "422", "503"]
    assert statuses[("PATCH", "/api/topics/{topic_id}")] == (
        ["200", "400", "401", "403", "404", "412", "413", "415", "422", "503"]
    )
    assert {path for _, path in operations} == {"/api/topics", "/api/topics/{topic_id}", "/api/tags"}
