"""What is written for CloudFormation. That AWS would take it is tested in tests/ecs, as for every stack."""

import re

import pytest

from router import rules
from router.__main__ import main
from router.cloudformation import render
from router.rules import BadRules, Fixed, Forward, Rule, Rules, Weighted

WEB = Forward((Weighted("web", 1),))


def lines(loaded: Rules) -> list[str]:
    return [line.strip() for line in render(loaded).splitlines()]


def test_every_rule_keeps_its_priority_and_the_default_comes_last() -> None:
    written = [int(number) for number in re.findall(r"Priority: (\d+)", render(rules.load()))]
    assert written == [rule.priority for rule in rules.load().rules] + [50_000]


def test_the_service_has_its_share_and_the_monolith_the_rest() -> None:
    written = lines(Rules((), WEB))
    start = written.index("- WebAlone")
    service = ("-target-web", "!Ref Web")
    monolith = ("-target-monolith", "!FindInMap [Rest, !Ref Web, Percent]")
    order = [service, monolith, monolith, service]  # the first two when the service has all
    for line, (group, weight) in zip(written[start + 1 :], order, strict=True):
        assert group in line
        assert line.endswith(f"Weight: {weight} }}")
    rests = re.findall(r'^    "(\d+)": { Percent: "(\d+)" }$', render(Rules((), WEB)), re.M)
    assert [(int(percent), int(rest)) for percent, rest in rests] == [(n, 100 - n) for n in range(101)]


def test_there_is_a_parameter_per_group_in_use() -> None:
    written = lines(Rules((), WEB))
    assert "Web:" in written
    assert "Users:" not in written


def test_a_rule_that_shares_between_groups_is_refused() -> None:
    share = Forward((Weighted("users", 900), Weighted("web", 99)))
    with pytest.raises(BadRules, match="Rule10 shares"):
        render(Rules((Rule(10, ("/a",), (), share),), WEB))


def test_methods_stand_beside_the_path() -> None:
    written = lines(Rules((Rule(10, ("/a?b",), ("GET", "HEAD"), WEB),), WEB))
    at = written.index('- { Field: path-pattern, PathPatternConfig: { Values: ["/a?b"] } }')
    assert written[at + 1] == (
        '- { Field: http-request-method, HttpRequestMethodConfig: { Values: ["GET", "HEAD"] } }'
    )


def test_a_body_may_hold_anything() -> None:
    fixed = Fixed(503, "text/html", "a \"b\" 'c' {d}\né")
    (line,) = [line for line in lines(Rules((Rule(10, ("/a",), (), fixed),), WEB)) if "503" in line]
    assert line.endswith(r"""MessageBody: "a \"b\" 'c' {d}\n\u00e9" }""")


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cloudformation"]) == 0
    assert capsys.readouterr().out == render(rules.load())
