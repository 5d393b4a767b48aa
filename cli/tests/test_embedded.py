"""The embedded PostgreSQL, on its own."""

import asyncpg


async def test_changes_can_be_replicated_logically_from_the_first_day(postgres):
    connection = await asyncpg.connect(postgres)
    try:
        assert await connection.fetchval("SHOW wal_level") == "logical"
    finally:
        await connection.close()


async def test_a_fresh_database_is_empty_and_its_owner_is_nobody_special(fresh_database):
    connection = await asyncpg.connect(await fresh_database())
    try:
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert await connection.fetchval("SELECT count(*) FROM pg_stat_user_tables") == 0
    finally:
        await connection.close()
