"""`docker compose up --wait`: both deployments are there, answer alike, and nothing else is to be reached."""

import pytest
from forum_client import Forum, Json, accepted, eventually

from compose.project import ROUTERS, SERVICES, Project, docker

pytestmark = pytest.mark.requires("docker")

STEPS = ["secrets", "databases", *(f"migrate-{name}" for name in ["users", "topics", "messages", "monolith"])]


def test_the_split_and_the_monolith_answer_alike(forums: dict[str, Forum]) -> None:
    told = {topology: story(forum) for topology, forum in forums.items()}
    assert told["split"] == told["monolith"]


def story(forum: Forum) -> list[Json]:
    """What everyone reads after two people talked, without what differs from day to day."""
    ada, bob = forum.register("ada", display_name="Ada"), forum.register("bob", display_name="Bob")
    topic = ada.starts_topic("Tea", "Which one *first*?", tags=["tea"])
    reply = eventually(lambda: bob.replies(topic, "The `green` one."))
    ada.replies(topic, "Why?", reply_to=reply["id"])

    def counted() -> Json:
        read = forum.topic(topic)
        assert read["message_count"] == 2
        return read

    page = accepted(forum.get(f"/api/topics/{topic['id']}/messages"))
    return [plain(eventually(counted)), *map(plain, page["items"])]


def plain(thing: Json) -> Json:
    """A topic or message by its words: ids and times only say that they are there, people their names."""
    changing = ("id", "topic_id", "created_at", "last_activity_at", "reply_to")
    people = ("author", "last_author")
    return (
        thing
        | {name: thing[name] is not None for name in changing if name in thing}
        | {name: thing[name]["display_name"] for name in people if name in thing}
    )


def test_pages_and_documentation_come_from_the_web_front_end(forums: dict[str, Forum]) -> None:
    for forum in forums.values():
        assert "<html" in forum.get("/").text
        assert "/api/topics" in accepted(forum.get("/openapi.json"))["paths"]


def test_private_paths_do_not_pass_the_router(forums: dict[str, Forum]) -> None:
    for forum in forums.values():
        for path in ("/internal/changes/authors", "/metrics", "/health/ready", "/%69nternal/changes/authors"):
            assert forum.raw_request("GET", path)[0] == 404


def test_only_the_routers_publish_a_port(project: Project) -> None:
    published = {}
    for service in [*SERVICES, *ROUTERS.values(), "postgres"]:
        ports = project.container(service)["NetworkSettings"]["Ports"]
        if hosts := {host["HostPort"] for bound in ports.values() for host in bound or []}:
            published[service] = hosts
    assert published == {ROUTERS[topology]: {str(port)} for topology, port in project.ports.items()}


def test_what_is_not_a_router_has_no_way_out(project: Project) -> None:
    for service in [*SERVICES, "postgres"]:
        for network in project.container(service)["NetworkSettings"]["Networks"]:
            internal = docker("network", "inspect", "--format", "{{.Internal}}", network).strip()
            assert internal == "true", f"{service} is on {network}"


def test_a_second_start_changes_nothing(project: Project, forums: dict[str, Forum]) -> None:
    ada = {topology: forum.register("ada") for topology, forum in forums.items()}
    secrets = project.execute("topics", "cat", "/run/secrets/database_url")
    started = {name: project.container(name)["State"]["StartedAt"] for name in SERVICES}
    project.up()
    assert {name: project.container(name)["State"]["StartedAt"] for name in SERVICES} == started
    assert project.execute("topics", "cat", "/run/secrets/database_url") == secrets
    for topology, forum in forums.items():
        forum.log_in(ada[topology].username)


def test_every_step_ran_to_its_end(project: Project) -> None:
    ended = {step: project.container(step)["State"] for step in STEPS}
    assert {step: (state["Status"], state["ExitCode"]) for step, state in ended.items()} == dict.fromkeys(
        STEPS, ("exited", 0)
    )


def test_down_with_volumes_leaves_nothing() -> None:
    project = Project()
    project.up("postgres")
    assert project.remains()
    project.down()
    assert project.remains() == []
