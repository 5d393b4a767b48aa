"""The two sides of a service's move, each with its database: the monolith's and the service's own."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

import messages.main
import messages.moving
import topics.main
import topics.moving
import users.main
import users.moving
from chassis.ownership import Moving
from chassis.program import History
from forum.errors import Refused
from forum.hosting.installation import DATABASES, Installation

MOVING: dict[str, list[Moving]] = {
    "users": users.moving.MOVING,
    "topics": topics.moving.MOVING,
    "messages": messages.moving.MOVING,
}
HISTORIES: dict[str, History] = {
    main.HISTORY.schema: main.HISTORY for main in (users.main, topics.main, messages.main)
}
FOLLOWED = {"users": (), "topics": ("users", "messages"), "messages": ("users", "topics")}
"""Whose feeds a service needs before it can serve."""

# Texts of values are compared between sides, so that they must be written alike.
ALIKE = {"search_path": "pg_catalog", "TimeZone": "UTC", "DateStyle": "ISO", "bytea_output": "hex"}
CONNECT_SECONDS = 60  # a server that has paused takes half a minute to resume
LOCK = 7_465_811_205  # any number, the same for all who move a forum


@dataclass(frozen=True)
class Place:
    """Where a side is: its database's URL as administrator, as the other side's server reaches it too, and
    the public base URL at which the other side reaches its application."""

    name: str  # monolith or service
    database: str
    address: str


@dataclass(frozen=True)
class Side:
    """A place that is connected."""

    place: Place
    connection: asyncpg.Connection

    @property
    def name(self) -> str:
        return self.place.name


@dataclass(frozen=True)
class Pair:
    """Both sides of one service."""

    service: str
    monolith: Side
    own: Side

    @property
    def moving(self) -> Sequence[Moving]:
        return MOVING[self.service]

    def other(self, side: Side) -> Side:
        """The side that `side` is not."""
        return self.own if side is self.monolith else self.monolith


@asynccontextmanager
async def pairs(places: Mapping[str, tuple[Place, Place]]) -> AsyncIterator[dict[str, Pair]]:
    """Connections to the monolith and to each service, for one command at a time. Raises Refused."""
    async with AsyncExitStack() as stack:
        opened: dict[Place, Side] = {}
        for place in dict.fromkeys(place for both in places.values() for place in both):
            opened[place] = Side(place, await stack.enter_async_context(connected(place)))
        found = {
            service: Pair(service, *(opened[place] for place in both)) for service, both in places.items()
        }
        for pair in found.values():
            if not await pair.monolith.connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
                raise Refused("another forum cutover is at work: wait until it ends")
        yield found


@asynccontextmanager
async def connected(place: Place) -> AsyncIterator[asyncpg.Connection]:
    """A connection as administrator. Raises Refused when there is none."""
    settings = ALIKE | {"application_name": "forum cutover", "synchronous_commit": "on"}
    try:
        connection = await asyncpg.connect(place.database, timeout=CONNECT_SECONDS, server_settings=settings)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = str(error).partition("\n")[0] or "no answer came in time"
        raise Refused(
            f"the database {urlsplit(place.database).path.lstrip('/')} does not answer: {said}; "
            "see that its server runs (forum up starts the embedded one), and run this again"
        ) from error
    try:
        yield connection
    finally:
        await connection.close()


def places(installation: Installation) -> dict[str, tuple[Place, Place]]:
    """The monolith's and its own place of each service: an embedded forum's, or those of the administrator,
    MONOLITH_PEER, USERS_PEER and so on. Raises Refused when one is missing."""
    monolith = Place("monolith", administered(installation, "forum"), address(installation, "monolith"))
    return {
        service: (
            monolith,
            Place("service", administered(installation, database), address(installation, service)),
        )
        for service, database in DATABASES["split"].items()
    }


def is_of_this_machine(installation: Installation) -> bool:
    """Whether the forum is one of `forum up`, with a server of its own."""
    return installation.is_embedded and not installation.given("ADMINISTRATOR_URL")


def administered(installation: Installation, database: str) -> str:
    """The URL of a database of the forum's server, as its administrator."""
    if given := installation.administrator_url(database):
        return given
    if not installation.is_embedded:
        raise Refused(
            "ADMINISTRATOR_URL must be set, or PGHOST, PGUSER and PGPASSWORD: how the server's administrator "
            "comes in"
        )
    return installation.server.url(database)


def address(installation: Installation, app: str) -> str:
    """The public base URL at which the other side reaches an application. Raises Refused."""
    described = installation.folder.described().get("public", {})
    found = installation.given(f"{app.upper()}_PEER") or described.get(app)
    if not found:
        raise Refused(
            f"nobody knows where {app} answers: set {app.upper()}_PEER to its public URL, as the other side "
            "reaches it, or start monolith and services side by side"
        )
    return str(found).rstrip("/")
