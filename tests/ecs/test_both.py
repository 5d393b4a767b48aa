"""From the monolith to the services behind one load balancer, by the scripts, while people write."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from ecs.checkout import Checkout
from ecs.emulator import Emulator
from ecs.files import APPS
from ecs.installation import Installation
from ecs.mesh import SERVED
from forum_client import PASSWORD, Forum, Json, Person, unique
from forum_client.load import Load

pytestmark = pytest.mark.requires("docker")

NAME = "both"


@pytest.fixture(scope="module")
def installation(emulator: Emulator, checkout: Checkout) -> Iterator[Installation]:
    """A monolith that runs, with the images of everything pushed; in the end nothing of it."""
    with Installation(emulator, NAME, checkout.folder) as installation:
        installation.does("push")
        installation.does("deploy", "monolith")
        yield installation
        installation.does("destroy", "--with-data", typed=NAME)
        assert installation.left() == [f"{NAME}-server"]


@pytest.fixture
def deployed(installation: Installation) -> Iterator[Forum]:
    with closing(Forum(installation.url, NAME)) as forum:
        yield forum


def cutover(installation: Installation, *words: str) -> str:
    return installation.does("run", "forum", "cutover", *words)


def test_a_monolith_becomes_services_while_people_write(installation: Installation, deployed: Forum) -> None:
    ada = deployed.register("ada")
    topic = ada.starts_topic()
    said = [ada.replies(topic)]
    refused = installation.run("deploy", "split")
    assert (refused.status, "First ecs/deploy both" in refused.text) == (1, True), refused.text
    writer = deployed.register("writer")  # more of them would keep the machine busy all the while
    with Load(deployed, [writer], [writer.starts_topic()], unique("other")) as load:
        installation.does("deploy", "both")
        for service in SERVED:
            assert f"Next: forum cutover shift {service}" in cutover(installation, "copy", service)
        cutover(installation, "shift", "topics", "--reads", "10")
        assert "topics 10 %" in installation.does("route", "topics", "10")
        for service in SERVED:
            assert "Writes waited " in cutover(installation, "shift", service)
            said.append(ada.replies(topic))  # passed on by the monolith
            installation.does("route", service, "100")
            said.append(ada.replies(topic))
        too_early(installation)
        assert "Writes waited " in cutover(installation, "rollback", "users")
        said.append(ada.replies(topic))  # passed on by the service
        cutover(installation, "shift", "users")
        assert "Finished" in cutover(installation, "finish", "--yes")
        installation.does("route", "web", "100")
        installation.does("deploy", "split")
    load.check()
    assert all(writing.told is not None and writing.sent == 1 for writing in load.writings)
    assert [bool(installation.tasks(app)) for app in APPS] == [False, True, True, True, True]
    is_whole(installation, deployed, ada, [message["id"] for message in said], topic)


def too_early(installation: Installation) -> None:
    """Neither side is taken down while anything of it is needed."""
    refused = installation.run("deploy", "split")
    assert "requests of web still go to the side that would be taken down" in refused.text
    installation.does("route", "web", "100")
    refused = installation.run("deploy", "split")
    assert "users and topics and messages are not with the services alone" in refused.text, refused.text
    installation.does("route", "web", "0")
    refused = installation.run("deploy", "monolith")
    assert "its service has 100 %. Run ecs/route users 0 first" in refused.text


def is_whole(installation: Installation, forum: Forum, ada: Person, said: list[str], topic: Json) -> None:
    """Everything is there once, and the split goes on by itself."""
    assert [message["id"] for message in forum.reads(topic)] == said
    assert forum.log_in(ada.username, PASSWORD).replies(topic)
    assert "Everything is in order." in installation.does("run", "forum", "doctor")
    status = installation.run("status")
    assert status.status == 0, status.text
    refused = installation.run("deploy", "both")
    assert (refused.status, "nothing leads back to a monolith" in refused.text) == (1, True), refused.text
