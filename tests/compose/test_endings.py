"""How a container ends, and how it comes back."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from forum_client import Forum, Person, accepted, eventually

from compose.project import DidNotWork, Project

pytestmark = pytest.mark.requires("docker")

SERVICES = {"split": "topics", "monolith": "monolith"}


@pytest.fixture(params=SERVICES)
def topology(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_request_in_flight_is_answered_and_the_container_ends_with_0(
    project: Project, forums: dict[str, Forum], topology: str
) -> None:
    forum, service = forums[topology], SERVICES[topology]
    with post_in_two_halves(forum, forum.register("ada")) as post, ThreadPoolExecutor(1) as thread:
        started = time.monotonic()
        stopping = thread.submit(project.compose, "stop", service)
        eventually(lambda: goes_to_nobody(forum), within=20)
        post.send(post.second_half)
        assert post.getresponse().status == 201
        stopping.result()
    ended = project.container(service)
    assert ended["State"]["ExitCode"] == 0
    assert time.monotonic() - started < ended["Config"]["StopTimeout"]
    project.up(service)
    eventually(lambda: accepted(forum.get("/api/topics")), within=20)


def goes_to_nobody(forum: Forum) -> None:
    """The router has stopped sending to the service."""
    assert forum.get("/api/topics").status_code == 503


class HalfSent(http.client.HTTPConnection):
    second_half: bytes


@contextmanager
def post_in_two_halves(forum: Forum, author: Person) -> Iterator[HalfSent]:
    """A POST of a topic whose second half the service waits for."""
    body = json.dumps({"title": "In flight", "body": "long " * 4000}).encode()
    connection = HalfSent("127.0.0.1", forum.client.base_url.port, timeout=60)
    connection.second_half = body[len(body) // 2 :]
    connection.putrequest("POST", "/api/topics")
    connection.putheader("Authorization", f"Bearer {author.token}")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[: len(body) // 2])
    try:
        yield connection
    finally:
        connection.close()


def test_a_killed_process_is_started_again(project: Project, forums: dict[str, Forum], topology: str) -> None:
    forum, service = forums[topology], SERVICES[topology]
    topic = forum.register("ada").starts_topic("Still there")
    before = project.container(service)["RestartCount"]
    kill_python = "import os, signal; os.kill(int(open('/proc/1/task/1/children').read()), signal.SIGKILL)"
    project.execute(service, "python", "-c", kill_python)

    def back() -> None:
        assert project.container(service)["RestartCount"] == before + 1
        assert forum.topic(topic)["title"] == "Still there"

    eventually(back, within=60)


def test_the_forum_comes_back_with_its_database(project: Project, forums: dict[str, Forum]) -> None:
    topics = {topology: forum.register("ada").starts_topic("Kept") for topology, forum in forums.items()}
    before = project.container("postgres")["RestartCount"]
    with suppress(DidNotWork):  # the container ends under the command
        project.execute("postgres", "pg_ctl", "stop", "--mode=immediate")

    def back() -> None:
        assert project.container("postgres")["RestartCount"] == before + 1
        for topology, forum in forums.items():
            assert forum.topic(topics[topology])["title"] == "Kept"

    eventually(back, within=60)


def test_the_others_go_on_while_one_service_is_down(project: Project, forums: dict[str, Forum]) -> None:
    forum = forums["split"]
    ada = forum.register("ada")
    topic = ada.starts_topic("Without messages")
    project.compose("stop", "messages")
    try:
        forum.topic(topic)
        ada.starts_topic("Another")
        answer = forum.get(f"/api/topics/{topic['id']}/messages")
        assert answer.status_code == 503
    finally:
        project.up("messages")
