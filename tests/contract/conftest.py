"""People whom tests share, since nothing changes about them. Who is to change is registered by the test."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from broken_rules import pytest_runtest_makereport, pytest_terminal_summary  # noqa: F401  hooks
from forum_client import Forum, Json, Person, Stream, eventually, refused

HEARTBEAT = 15.0  # seconds
HERE = Path(__file__).parent
JUDGES = HERE / "test_completeness.py"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """What judges all tests of this folder comes after them, and is left out of a run that picks some."""

    def ours() -> list[pytest.Item]:
        return [item for item in items if item.path.parent == HERE]

    asked_for = len(ours())
    yield
    judges = [item for item in ours() if item.path == JUDGES]
    is_whole = len(ours()) == asked_for and {item.path for item in ours()} == set(HERE.glob("test_*.py"))
    if judges and not is_whole:
        items[:] = [item for item in items if item not in judges]
        config.hook.pytest_deselected(items=judges)
        return
    for judge in judges:
        items.remove(judge)
        last = max(at for at, item in enumerate(items) if place(item) == place(judge))
        items.insert(last + 1, judge)


def place(item: pytest.Item) -> object:
    """The topology or address of the forum that a test needs, None where it needs none."""
    callspec = getattr(item, "callspec", None)
    return callspec and callspec.params.get("forum")


@pytest.fixture(scope="session")
def ada(forum: Forum) -> Person:
    return forum.register("ada", display_name="Ada")


@pytest.fixture(scope="session")
def bob(forum: Forum) -> Person:
    return forum.register("bob", display_name="Bob")


@pytest.fixture(scope="session")
def admin(forum: Forum) -> Person:
    if forum.admin is None:
        pytest.skip("needs an administrator: FORUM_ADMIN=name:password (`forum admin NAME` makes one)")
    return forum.log_in(*forum.admin)


@pytest.fixture(scope="session")
def moderator(forum: Forum, admin: Person) -> Iterator[Person]:
    person = forum.register("moderator")
    admin.changes_user(person, role="moderator")
    yield person.logs_in_again()
    admin.logs_in_again().changes_user(person, role="member")  # hours may have passed


@pytest.fixture(scope="session")
def suspended(forum: Forum, moderator: Person) -> Person:
    """Somebody whose suspension every service knows of."""
    person = forum.register("suspended")
    topic = person.starts_topic()
    moderator.changes_user(person, state="suspended")
    eventually(
        lambda: refused(
            person.request("PATCH", f"/api/topics/{topic['id']}", json={"title": "x"}), 403, "suspended"
        )
    )
    path = f"/api/topics/{topic['id']}/messages"
    eventually(lambda: refused(person.request("POST", path, json={"body": "."}), 403, "suspended"))
    return person


@pytest.fixture(scope="session")
def deleted(forum: Forum) -> Person:
    """Somebody whose account is gone, as every service knows, with a token that has not expired."""
    person = forum.register("deleted")
    topic = person.starts_topic()
    person.leaves()
    eventually(
        lambda: refused(person.request("PATCH", f"/api/topics/{topic['id']}", json={"title": "x"}), 401)
    )
    path = f"/api/topics/{topic['id']}/messages"
    eventually(lambda: refused(person.request("POST", path, json={"body": "."}), 401))
    return person


@pytest.fixture
def topic(ada: Person) -> Json:
    """A topic of Ada's that is this test's own."""
    return ada.starts_topic()


@pytest.fixture
def message(ada: Person, topic: Json) -> Json:
    """Ada's first reply in her own topic."""
    return ada.replies(topic)


@pytest.fixture(scope="session", autouse=True)
def quiet_stream(forum: Forum, ada: Person) -> Iterator[Stream]:
    """A stream in which nothing happens, opened early: its heartbeat has come when a test asks for it."""
    with forum.stream(ada.starts_topic(), patience=HEARTBEAT + 2) as stream:
        stream.comment()
        yield stream
