"""A test of the contract that fails says first, in words, which rule is broken: above its traceback, and in a
list before the short summary."""

from collections.abc import Generator

import pytest

BROKEN, NOT_TESTED = "BROKEN RULE", "RULE NOT TESTED"


def rule(item: pytest.Item) -> str:
    """A test's name and parameters as a sentence: `a topic has up to five tags: tags0 (split)`."""
    words = item.name.partition("[")[0].removeprefix("test_").replace("_", " ")
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return words
    where = str(callspec.params.get("forum", ""))
    case = f"-{callspec.id}-".replace(f"-{where}-", "-", 1)[1:-1]
    return words + (f": {case}" if case else "") + (f" ({where})" if where else "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The heading of a failure is its rule instead of the name of a function."""
    report = yield
    if report.failed:
        verdict = BROKEN if report.when == "call" else NOT_TESTED
        report.location = (*report.location[:2], f"{verdict}: {rule(item)}")
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The list: short where the short summary repeats long names and cuts off the rest."""
    failed = terminalreporter.getreports("failed") + terminalreporter.getreports("error")
    headings = [report.location[2] for report in failed if report.location]
    if broken := [heading for heading in headings if heading.startswith((BROKEN, NOT_TESTED))]:
        terminalreporter.section("broken rules")
        for heading in broken:
            terminalreporter.write_line(heading)
