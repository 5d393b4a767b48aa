"""What still works when the database of one service lets nobody in, and that it is found again by itself."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from forum_client import Forum, Person, eventually, refused
from running import Process, Running, in_a_loop_of_its_own

BACK = 10.0  # seconds in which a service has to find its database again
Closed = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def closed(postgres: str, processes: Running) -> Closed:
    """`with closed("users"):` that service's database has no connections and lets none in."""

    @contextmanager
    def closed(name: str) -> Iterator[None]:
        let_in(postgres, processes, name, False)
        try:
            yield
        finally:
            let_in(postgres, processes, name, True)

    return closed


def let_in(postgres: str, processes: Running, name: str, allowed: bool) -> None:
    database = urlsplit(processes.databases[name]).path.lstrip("/")

    async def alter() -> None:
        administrator = await asyncpg.connect(postgres)
        limit = f"ALTER DATABASE {database} CONNECTION LIMIT {-1 if allowed else 0}"
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        try:
            await administrator.execute(limit)
            if not allowed:
                await administrator.execute(end, database)
        finally:
            await administrator.close()

    in_a_loop_of_its_own(alter)


def says_that_its_database_is_gone(process: Process) -> None:
    """In the body only: failing would empty the target group whenever the database blinks."""
    ready = httpx.get(f"{process.private_url}/health/ready", timeout=10, trust_env=False)
    assert (ready.status_code, ready.json()["database"]) == (200, "unreachable")


def test_without_the_database_of_users_the_rest_goes_on(
    site: Forum, ada: Person, processes: Running, closed: Closed
) -> None:
    topic = ada.starts_topic()
    credentials = {"username": ada.username, "password": ada.password}
    with closed("users"):
        ada.replies(topic)
        ada.edits(topic, title="x")
        refused(site.get(f"/api/users/{ada.username}"), 503)
        refused(site.request("POST", "/api/sessions", json=credentials), 503)
        eventually(lambda: says_that_its_database_is_gone(processes.processes["users"]), within=5)
    eventually(lambda: ada.logs_in_again().changes_profile(bio="x"), within=BACK)


def test_without_the_database_of_topics_messages_go_on(site: Forum, ada: Person, closed: Closed) -> None:
    topic = ada.starts_topic()
    message = ada.replies(topic)
    with closed("topics"):
        refused(site.get("/api/topics"), 503)
        refused(site.get(f"/api/topics/{topic['id']}"), 503)
        ada.replies(topic)
        assert site.reads(topic)[0] == message

    def counted() -> None:
        assert site.topic(topic)["message_count"] == 2

    eventually(counted, within=BACK)


def test_without_the_database_of_messages_topics_go_on(site: Forum, ada: Person, closed: Closed) -> None:
    topic = ada.starts_topic()
    with closed("messages"):
        refused(site.get(f"/api/topics/{topic['id']}/messages"), 503)
        refused(ada.request("POST", f"/api/topics/{topic['id']}/messages", json={"body": "x"}), 503)
        assert ada.edits(topic, title="x")["title"] == "x"
    eventually(lambda: ada.replies(topic), within=BACK)
