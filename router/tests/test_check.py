"""What the checker refuses and what it warns of; each message says what to do."""

import json
from pathlib import Path
from typing import Any

import pytest

from router import rules
from router.check import findings, run

FORWARD = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "web", "Weight": 1}]}}


def condition(*paths: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(paths)}}


def methods(*names: str) -> dict[str, Any]:
    return {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": list(names)}}


def rule(priority: Any = 10, conditions: Any = None, action: Any = None, **more: Any) -> dict[str, Any]:
    conditions = [condition("/a")] if conditions is None else conditions
    return {"Priority": priority, "Conditions": conditions, "Actions": [action or FORWARD], **more}


def groups(
    *weights: Any, names: tuple[str, ...] = ("users", "topics", "messages", "web", "x", "y")
) -> dict[str, Any]:
    listed = [
        {"TargetGroupArn": name, "Weight": weight} for name, weight in zip(names, weights, strict=False)
    ]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": listed}}


def fixed(**config: Any) -> dict[str, Any]:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", **config}}


def document(*listed: Any, default: Any = None) -> dict[str, Any]:
    return {"Rules": list(listed), "DefaultActions": [default or FORWARD]}


REFUSED = [
    (document(*(rule(number) for number in range(1, 102))), "101 rules; a load balancer takes 100"),
    (document(rule(10), rule(10)), "rule 10: another rule has this priority"),
    (document(rule(0)), "rule 0: Priority must be"),
    (document(rule(50_001)), "rule 50001: Priority must be"),
    (document(rule("10")), "the 1. rule: Priority must be"),
    (document(rule(True)), "Priority must be"),
    (document(rule(conditions=[condition("/a", "/b", "/c", "/d", "/e", "/f")])), "6 condition values"),
    (document(rule(conditions=[condition("/a", "/b", "/c"), methods("GET", "HEAD", "PUT")])), "6 condition"),
    (document(rule(conditions=[condition("/*/*/*", "/?/?/?")])), "6 wildcards; a load balancer takes 5"),
    (document(rule(conditions=[condition("/" + "a" * 128)])), "a pattern of 129 characters"),
    (document(rule(conditions=[condition("/a(b)")])), "may hold letters, digits"),
    (document(rule(conditions=[condition("/é")])), "may hold letters, digits"),
    (document(rule(conditions=[condition("")])), "may hold letters, digits"),
    (document(rule(conditions=[condition("api/*")])), "matches no path; begin it with /"),
    (document(rule(conditions=[methods("get")])), "must be 1 to 40 capital letters"),
    (document(rule(conditions=[methods("GET*")])), "wildcards have no meaning here"),
    (document(rule(conditions=[condition("/a"), condition("/b")])), "put all its values into one"),
    (document(rule(conditions=[])), "Conditions must be a list"),
    (document(rule(conditions=[condition()])), 'path-pattern needs "PathPatternConfig"'),
    (document(rule(conditions=[{"Field": "path-pattern", "Values": ["/a"]}])), "path-pattern needs"),
    (document(rule(conditions=[{"Field": "host-header"}])), "we render no condition on 'host-header'"),
    (document(rule(conditions=[{**condition("/a"), "RegexValues": []}])), "RegexValues is not something"),
    (document(rule(Transforms=[])), "Transforms is not something that we render"),
    (document(rule(action={"Type": "redirect"})), "we render no action 'redirect'"),
    (document(rule() | {"Actions": [FORWARD, FORWARD]}), "exactly one action"),
    (document(rule(action=groups(1, names=("nobody",)))), "there is no target group 'nobody'; use one of"),
    (document(rule(action=groups(1000))), "the weight of users must be a whole number from 0 to 999"),
    (document(rule(action=groups(-1))), "the weight of users"),
    (document(rule(action=groups(0.5))), "the weight of users"),
    (document(rule(action=groups(0, 0))), "all weights are 0"),
    (document(rule(action=groups(1, 1, names=("web", "web")))), "named twice"),
    (document(rule(action=groups(1, 1, 1, 1, 1, 1))), "6 target groups; a load balancer takes 5"),
    (document(rule(action={"Type": "forward", "TargetGroupArn": "web"})), 'forward needs "ForwardConfig"'),
    (document(rule(action=fixed(StatusCode="302"))), "StatusCode must be a string"),
    (document(rule(action=fixed(StatusCode=404))), "StatusCode must be a string"),
    (document(rule(action=fixed(MessageBody="é" * 513))), "MessageBody is longer than 1024 bytes"),
    (document(rule(action=fixed(ContentType="image/png"))), "ContentType must be one of"),
    (document(default={"Type": "redirect"}), "the default action: we render no action"),
    (document("nonsense"), '"Rules" must be a list of objects'),
    ([], 'the file must be an object with "Rules" and "DefaultActions"'),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "message"), REFUSED)
def test_what_cannot_be_is_refused(wrong: Any, message: str) -> None:
    errors, _ = findings(wrong)
    assert any(message in error for error in errors), errors


WARNED = [
    (document(rule(conditions=[condition("/a", "/b", "/c", "/d")])), "4 patterns; 3 are safe on AWS"),
    (document(rule(conditions=[condition("/api/users*")])), "use the pair /api/users and /api/users/*"),
    (document(rule(10, [condition("/a/*")]), rule(20, [condition("/a/b")])), "/a/b is never"),
    (document(rule(10, [condition("/a/*")]), rule(20, [condition("/c", "/a/*/b")])), "/a/*/b is never"),
    (document(rule(10, [condition("/*")]), rule(20, [methods("PUT")])), "rule 20: /* is never reached"),
    (document(rule(10, [methods("GET", "HEAD")]), rule(20, [condition("/a"), methods("HEAD")])), "is never"),
    (document(rule(conditions=[methods("GET")])), "takes GET but not HEAD"),
]  # fmt: skip


@pytest.mark.parametrize(("doubtful", "message"), WARNED)
def test_what_is_likely_a_mistake_is_warned_of(doubtful: Any, message: str) -> None:
    errors, warnings = findings(doubtful)
    assert not errors
    assert any(message in warning for warning in warnings), warnings


QUIET = [
    document(rule(10, [condition("/a/b")]), rule(20, [condition("/a/*")])),
    document(rule(10, [condition("/a/?")]), rule(20, [condition("/a/*")])),
    document(rule(10, [condition("/a"), methods("PUT")]), rule(20, [condition("/a")])),
    document(
        rule(10, [condition("/a"), methods("PUT")]), rule(20, [condition("/a"), methods("PUT", "POST")])
    ),
]


@pytest.mark.parametrize("good", QUIET)
def test_what_is_right_is_passed_in_silence(good: Any) -> None:
    assert findings(good) == ([], [])


def test_the_packaged_rules_are_without_fault() -> None:
    assert findings(rules.read(rules.PACKAGED)) == ([], [])


def test_priorities_of_the_packaged_rules_leave_gaps_of_10() -> None:
    assert all(rule.priority % 10 == 0 for rule in rules.load().rules)


def test_the_command_prints_its_findings_and_their_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(document(rule(0))))
    assert run(file) == 1
    assert capsys.readouterr().out == "error: rule 0: Priority must be a whole number from 1 to 50000\n"
    file.write_text(json.dumps(document(rule(conditions=[condition("/a*")]))))
    assert run(file) == 0
    assert capsys.readouterr().out.endswith(f"{file}: good, with 1 warning\n")
    file.write_text("{")
    assert run(file) == 1
    assert "is not JSON" in capsys.readouterr().out


def test_a_file_with_a_fault_is_not_loaded(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(document(rule(0), rule(0))))
    with pytest.raises(rules.BadRules) as refused:
        rules.load(file)
    assert len(refused.value.problems) == 2
    assert all(str(file) in problem for problem in refused.value.problems)
