"""From the monolith to the services by the commands alone, as docs/refactoring.md tells it for Docker."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from forum_client import PASSWORD, Forum

from compose.project import DidNotWork, Project

pytestmark = pytest.mark.requires("docker")

SERVICES = ["users", "topics", "messages"]


@pytest.fixture
def moved() -> Iterator[Project]:
    """Both deployments with the router between them, on databases that nobody else has."""
    project = Project()
    try:
        project.up("router", "router-cutover")
        yield project
    finally:
        project.down()


def cutover(project: Project, *words: str) -> str:
    """What `forum cutover …` says; it must succeed."""
    return project.compose("run", "--rm", "-T", "cutover", *words)


def test_a_forum_is_taken_apart_and_its_monolith_retired(moved: Project) -> None:
    with closing(Forum(f"http://127.0.0.1:{moved.cutover_port}", "moved")) as forum:
        ada = forum.register("ada")
        topic = ada.starts_topic()
        said = [ada.replies(topic)]
        for service in SERVICES:
            assert f"Next: forum cutover shift {service}" in cutover(moved, "copy", service)
        assert "WRONG" not in cutover(moved, "plan")
        assert "sends 10 % of the requests of topics" in cutover(moved, "shift", "topics", "--reads", "10")
        for command, service in [("shift", "users"), ("shift", "topics"), ("rollback", "users")]:
            assert "Writes waited " in cutover(moved, command, service)
            said.append(ada.replies(topic))

        moved.compose("restart", "router-cutover")
        moved.up("router-cutover")
        assert share(moved, "topics") == "0 %", "HAProxy forgets"
        said.append(ada.replies(topic))
        assert "sends 100 % of the requests of topics" in cutover(moved, "shift", "topics")
        assert share(moved, "topics") == "100 %"

        with pytest.raises(DidNotWork, match="users is not shifted"):
            cutover(moved, "finish", "--yes")
        for service in ("messages", "users"):
            cutover(moved, "shift", service)
        assert "Finished" in cutover(moved, "finish", "--yes")
    moved.compose("stop", "router-cutover", "monolith")
    with closing(Forum(moved.url("split"), "split")) as forum:
        assert [message["id"] for message in forum.reads(topic)] == [message["id"] for message in said]
        assert forum.log_in(ada.username, PASSWORD).replies(topic)
        assert topic["title"] in forum.get("/").text


def share(project: Project, service: str) -> str:
    """Of a service's requests, by what `status` says of the router."""
    (_, _, lines) = cutover(project, "status").partition(f"{service}: ")
    return lines.partition("the service gets ")[2].partition("\n")[0]
