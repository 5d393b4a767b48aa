"""The users service: what it is made of."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from chassis.app import Parts, compose
from chassis.database import Database
from chassis.problem import Unavailable
from chassis.program import History
from chassis.tokens import Verifier
from users import api, attempts, feeds, keys, sessions
from users.passwords import Passwords
from users.settings import Settings
from users.tokens import Tokens

TIDYING_SECONDS = 60
HISTORY = History("users", Path(__file__).parent / "migrations")
FEEDS = feeds.FEEDS


def create_app(settings: Settings) -> FastAPI:
    """The service on its own."""
    database = Database(settings.database_url, pool_size=settings.pool_size, name="users")
    return compose("users", settings, database, parts(settings, database))


def parts(settings: Settings, database: Database) -> Parts:
    """What it brings into an application."""
    signing = signing_keys(settings, database)
    tokens = Tokens(
        signing,
        settings.secret_key,
        issuer=settings.issuer,
        audience=settings.audience,
        lifetime=timedelta(minutes=settings.token_minutes),
    )
    verifier = Verifier(keys.reader(database), issuer=settings.issuer, audience=settings.audience)
    kept = timedelta(days=settings.refresh_days)

    async def make_first_key(_: FastAPI) -> None:
        await signing.ensure()

    async def tidy(_: FastAPI) -> None:
        while True:
            with suppress(Unavailable):
                await signing.retire()
                await database.run(attempts.FORGET_OLD)
                await database.run(sessions.FORGET_OLD, kept=kept)
            await asyncio.sleep(TIDYING_SECONDS)

    return Parts(
        schemas=["users"],
        routers=[api.router],
        feeds=FEEDS,
        jobs=[make_first_key, tidy],
        state={"verifier": verifier, "passwords": Passwords(), "tokens": tokens, "sessions_kept": kept},
    )


def signing_keys(settings: Settings, database: Database) -> keys.Keys:
    """The forum's keys, for serving and for rotating them."""
    lifetime = timedelta(minutes=settings.token_minutes)
    return keys.Keys(database, settings.secret_key, lifetime=lifetime)
