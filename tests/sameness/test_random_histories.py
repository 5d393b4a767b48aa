"""Whatever people do, in whatever order, the monolith and the split answer alike.

`--steps` says how long the walk is; the same `--seed` takes the same.
"""

from collections.abc import Iterator

import pytest
from sameness.lockstep import Lockstep
from sameness.random_history import Walk, explore
from sameness.shrinking import Different
from sameness.test_every_endpoint_answers_alike import OPERATIONS, operation


@pytest.fixture(scope="module")
def walk(both: Lockstep, pytestconfig: pytest.Config) -> Walk:
    plugins = pytestconfig.pluginmanager
    terminal, capture = plugins.getplugin("terminalreporter"), plugins.getplugin("capturemanager")
    assert terminal is not None
    assert capture is not None

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            terminal.write_line(text)

    return Walk(
        both,
        steps=pytestconfig.getoption("--steps"),
        seed=pytestconfig.getoption("--seed"),
        say=say,
    )


def test_random_histories_are_answered_alike(walk: Walk) -> None:
    walk.go()
    asked = {operation(method, path) for method, path, _ in walk.met}
    assert not OPERATIONS - asked, "no rule asks for these, or the walk was too short"


FORGETS_DELETIONS = """
    CREATE FUNCTION messages.forget() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.message_count := OLD.message_count; RETURN NEW; END';
    CREATE TRIGGER forget BEFORE UPDATE ON messages.activity FOR EACH ROW
        WHEN (NEW.message_count < OLD.message_count) EXECUTE FUNCTION messages.forget()
"""


@pytest.fixture
def forgetful(both: Lockstep) -> Iterator[Lockstep]:
    """The split counts messages that are deleted."""
    _, split = both.sides
    split.databases.run("messages", FORGETS_DELETIONS)
    yield both
    split.databases.run("messages", "DROP FUNCTION messages.forget CASCADE")


def test_a_difference_is_found_and_told_in_a_few_steps(forgetful: Lockstep) -> None:
    with pytest.raises(Different) as found:
        explore(forgetful, seed_=7, histories=400, length=30)  # ends at the first
    *steps, _, place = str(found.value).strip().splitlines()
    assert len(steps) <= 6
    assert steps[-1].startswith("DELETE /api/messages/")
    assert place.strip() == "body.message_count: monolith 0, split 1"
