"""Whatever people do, in whatever order, the monolith and the split answer alike.

`--steps` says how long the walk is; the same `--seed` takes the same.
"""

import pytest
from sameness.lockstep import Lockstep
from sameness.random_history import Walk
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
