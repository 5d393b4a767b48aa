"""The rules file: `elbv2 create-rule` input, read into types.

A file holds `Rules` (each the input of `elbv2 create-rule`, without the listener) and `DefaultActions` (as in
`elbv2 create-listener`). Where AWS has the ARN of a target group the file has a name, which each deployment
maps to its own targets.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GROUPS = ("users", "topics", "messages", "web")
PACKAGED = Path(__file__).with_name("rules.json")


class BadRules(Exception):
    """The rules file cannot be used; `problems` says why, a line each, and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Weighted:
    """A target group and its share, 0 to 999."""

    group: str
    weight: int


@dataclass(frozen=True, slots=True)
class Forward:
    """Hand the request to one of these groups, by chance, in proportion to their weights."""

    groups: tuple[Weighted, ...]

    @property
    def total(self) -> int:
        """The sum of all weights; above 0 in a checked file."""
        return sum(share.weight for share in self.groups)


@dataclass(frozen=True, slots=True)
class Fixed:
    """An answer that the router gives itself."""

    status: int
    content_type: str
    body: str


Action = Forward | Fixed


@dataclass(frozen=True, slots=True)
class Rule:
    """`paths` and `methods`: one of each must match; empty means any."""

    priority: int
    paths: tuple[str, ...]
    methods: tuple[str, ...]
    action: Action


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, lowest priority first, and what is done when none matches."""

    rules: tuple[Rule, ...]
    default: Action

    def actions(self) -> Iterator[Action]:
        """Every action, in the order of the rules, the default last."""
        yield from (rule.action for rule in self.rules)
        yield self.default

    def groups(self) -> list[str]:
        """The names of all target groups in use, sorted."""
        forwards = (action for action in self.actions() if isinstance(action, Forward))
        return sorted({share.group for forward in forwards for share in forward.groups})


def load(path: Path | str = PACKAGED) -> Rules:
    """Read and check a rules file. Raises BadRules when a load balancer would refuse it or we cannot obey."""
    from router.check import findings  # the checker reads types of this module

    document = read(path)
    errors, _ = findings(document)
    if errors:
        raise BadRules([f"{path}: {problem}" for problem in errors])
    return parse(document)


def read(path: Path | str) -> Any:
    """The JSON document in a file. Raises BadRules when there is none."""
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise BadRules([f"{path}: cannot be read ({error.strerror}); set RULES to the rules file"]) from None
    except ValueError as error:
        raise BadRules([f"{path}: is not JSON ({error})"]) from None


def parse(document: Any) -> Rules:
    """A document that the checker has accepted, as types."""
    rules = (_rule(rule) for rule in document["Rules"])
    return Rules(tuple(sorted(rules, key=lambda rule: rule.priority)), _action(document["DefaultActions"][0]))


def _rule(rule: Any) -> Rule:
    values = {"path-pattern": (), "http-request-method": ()} | {
        condition["Field"]: tuple(condition[CONFIGS[condition["Field"]]]["Values"])
        for condition in rule["Conditions"]
    }
    action = _action(rule["Actions"][0])
    return Rule(rule["Priority"], values["path-pattern"], values["http-request-method"], action)


CONFIGS = {"path-pattern": "PathPatternConfig", "http-request-method": "HttpRequestMethodConfig"}


def _action(action: Any) -> Action:
    if action["Type"] == "fixed-response":
        fixed = action["FixedResponseConfig"]
        content_type = fixed.get("ContentType", "text/plain")
        return Fixed(int(fixed["StatusCode"]), content_type, fixed.get("MessageBody", ""))
    groups = action["ForwardConfig"]["TargetGroups"]
    return Forward(tuple(Weighted(group["TargetGroupArn"], group.get("Weight", 1)) for group in groups))
