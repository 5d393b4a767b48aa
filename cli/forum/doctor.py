"""`forum doctor`: looks at everything that can be wrong between the parts, and says what to do."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx
import typer
from alembic.config import Config
from alembic.script import ScriptDirectory

import messages.main
import topics.main
import users.main
from chassis.changes import Feed
from chassis.program import History
from forum.hosting.installation import Installation
from router import check, rules

OLD_TRANSACTION_SECONDS = 30
BEHIND_ROWS = 1000

HISTORIES = [users.main.HISTORY, topics.main.HISTORY, messages.main.HISTORY]
PUBLISHED: list[Feed] = [*users.main.FEEDS, *topics.main.FEEDS, *messages.main.FEEDS]
PROBES = ("/api/users", "/api/topics", "/api/messages", "/.well-known/jwks.json", "/")
HIDDEN = ("/internal/changes/keys", "/metrics", "/health/ready", "/%69nternal/changes/keys")


@dataclass
class Findings:
    """What was looked at, what is wrong, and what to do about it."""

    wrong: int = 0
    lines: list[str] = field(default_factory=list)

    def fine(self, what: str) -> None:
        """Something is as it should be."""
        self.lines.append(f"  ok     {what}")

    def problem(self, what: str, advice: str) -> None:
        """Something is not; `advice` says what to do."""
        self.wrong += 1
        self.lines.append(f"  WRONG  {what}\n         {advice}")


def doctor() -> None:
    """Check databases, migrations, feeds, transactions, keys and routes; say what to do. Exits with 1 when
    anything is wrong."""
    installation = Installation(os.environ)
    findings = asyncio.run(examine(installation))
    typer.echo(f"The {installation.topology} forum:")
    for line in findings.lines:
        typer.echo(line)
    typer.echo("Everything is in order." if not findings.wrong else f"{findings.wrong} to put right.")
    raise typer.Exit(code=1 if findings.wrong else 0)


async def examine(installation: Installation) -> Findings:
    """Every check, on a forum that runs or is stopped."""
    findings = Findings()
    check_rules(findings)
    async with installation.reachable("forum doctor"):
        async with connections(installation, findings) as by_app:
            for app, connection in by_app.items():
                await check_server(findings, app, connection)
                await check_migrations(findings, app, connection)
            await check_keys(findings, by_app)
            if installation.topology == "split" and len(by_app) == len(installation.databases):
                await check_feeds(findings, by_app, set(by_app))
        if url := (installation.folder.holder() or {}).get("url") or os.environ.get("API_URL"):
            await check_routes(findings, url)
    return findings


@asynccontextmanager
async def connections(
    installation: Installation, findings: Findings
) -> AsyncIterator[dict[str, asyncpg.Connection]]:
    """A connection to each app's database that answers."""
    by_app: dict[str, asyncpg.Connection] = {}
    for app in installation.databases:
        try:
            by_app[app] = await asyncpg.connect(installation.database_url(app), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            findings.problem(
                f"{app}: the database does not answer ({error})",
                "Start it, and check DATABASE_URL and the role's password.",
            )
    try:
        yield by_app
    finally:
        for connection in by_app.values():
            await connection.close()


def check_rules(findings: Findings) -> None:
    """The routing rules, as a load balancer would judge them."""
    refusals, _ = check.findings(rules.read(rules.PACKAGED))
    for refusal in refusals:
        findings.problem(f"router rules: {refusal}", "Mend router/rules.json.")
    if not refusals:
        findings.fine("router rules are ones that every router takes")


async def check_server(findings: Findings, app: str, connection: asyncpg.Connection) -> None:
    """Version, wal_level, and transactions that hold the feeds up."""
    if await connection.fetchval("SHOW wal_level") != "logical":
        findings.problem(
            f"{app}: wal_level is not logical", "Set wal_level = logical and restart PostgreSQL."
        )
    oldest = await connection.fetchrow("""
        SELECT pid, application_name, extract(epoch FROM now() - xact_start)::int AS seconds
        FROM pg_stat_activity
        WHERE datname = current_database() AND backend_xid IS NOT NULL
        ORDER BY xact_start LIMIT 1
    """)
    if oldest is not None and oldest["seconds"] > OLD_TRANSACTION_SECONDS:
        findings.problem(
            f"{app}: a transaction of {oldest['application_name'] or 'somebody'} is open for "
            f"{oldest['seconds']} s and holds the feeds up",
            f"End it: SELECT pg_terminate_backend({oldest['pid']});",
        )
    else:
        findings.fine(f"{app}: the database answers, no transaction is older than it should be")


async def check_migrations(findings: Findings, app: str, connection: asyncpg.Connection) -> None:
    """Whether each schema of this database is at the head of its history."""
    for history in HISTORIES:
        if app not in (history.schema, "monolith"):
            continue
        table = f"{history.schema}.alembic_version"
        there = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
        present = await connection.fetchval(f"SELECT version_num FROM {table}") if there else None
        if present == head(history):
            findings.fine(f"{app}: schema {history.schema} is up to date ({present})")
        else:
            findings.problem(
                f"{app}: schema {history.schema} is at {present or 'nothing'}, the code at {head(history)}",
                f"Run: python -m {app} migrate",
            )


def head(history: History) -> str | None:
    """The newest revision of a history."""
    config = Config()
    config.set_main_option("script_location", str(history.folder))
    return ScriptDirectory.from_config(config).get_current_head()


async def check_keys(findings: Findings, by_app: dict[str, asyncpg.Connection]) -> None:
    """A key that signs, known to all who verify."""
    owner = by_app.get("users") or by_app.get("monolith")
    if owner is None or not await exists(owner, "users.keys"):
        return
    live = {row["kid"] for row in await owner.fetch("SELECT kid FROM users.keys WHERE state = 'live'")}
    if not live:
        findings.problem("no key signs access tokens", "Start users: it makes its first key at start.")
    for app in ("topics", "messages"):
        connection = by_app.get(app) or by_app.get("monolith")
        if connection is None or not await exists(connection, f"{app}.keys"):
            continue
        known = {row["kid"] for row in await connection.fetch(f"SELECT kid FROM {app}.keys")}
        if live - known:
            findings.problem(
                f"{app} does not know {len(live - known)} of {len(live)} keys, so it refuses valid tokens",
                f"Start {app} and users; if both run, look at the feed {app}.keys below.",
            )
        elif live:
            findings.fine(f"{app} knows every key that signs")


async def check_feeds(
    findings: Findings, by_app: Mapping[str, asyncpg.Connection], readers: Collection[str]
) -> None:
    """How far each of these followers is behind its publisher."""
    for feed in PUBLISHED:
        if not feed.readers.intersection(readers):
            continue
        publisher = by_app[feed.schema]
        epoch = None
        if await exists(publisher, f"{feed.schema}.feed_epoch"):
            epoch = await publisher.fetchval(f"SELECT epoch::text FROM {feed.schema}.feed_epoch")
        for reader in sorted(feed.readers.intersection(readers)):
            if epoch is None or not await exists(by_app[reader], f"{reader}.feed_cursors"):
                continue
            cursor = await by_app[reader].fetchval(
                f"SELECT cursor FROM {reader}.feed_cursors WHERE relation = $1", feed.relation
            )
            of, _, rest = (cursor or "").partition(":")
            stamp = rest.partition(":")[0] if of == epoch else "0"
            behind = await publisher.fetchval(
                f"SELECT count(*) FROM {feed.schema}.{feed.table} WHERE changed > $1::text::xid8",
                stamp or "0",
            )
            if behind > BEHIND_ROWS:
                findings.problem(
                    f"feed {reader}.{feed.relation} is {behind} rows behind",
                    f"Start {reader} and {feed.schema}; if both run, read {reader}'s /health/ready.",
                )
            else:
                findings.fine(f"feed {reader}.{feed.relation} is {behind} rows behind")


async def exists(connection: asyncpg.Connection, relation: str) -> bool:
    """Whether a table or view is there."""
    return bool(await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", relation))


async def check_routes(findings: Findings, url: str) -> None:
    """Through the router: every part answers, and nothing internal does."""
    async with httpx.AsyncClient(base_url=url, timeout=5, trust_env=False) as client:
        for path in PROBES:
            status = await answered(client, path)
            if status == 200:
                findings.fine(f"{url}{path} answers")
            else:
                findings.problem(f"{url}{path}: {status}", "Look at the log of the part behind this path.")
        for path in HIDDEN:
            if (status := await answered(client, path)) != 404:
                findings.problem(
                    f"{url}{path}: {status}, but it must be 404", "Check the rules of the router."
                )


async def answered(client: httpx.AsyncClient, path: str) -> int | str:
    """The status of a GET, or why there is none."""
    try:
        return (await client.get(path)).status_code
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
