"""The checker: what a load balancer would refuse, what we do not render, and what is likely a mistake.

Limits: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from router.match import regex
from router.rules import CONFIGS, GROUPS, BadRules, Rule, Rules, parse, read

MAX_RULES, MAX_VALUES, MAX_WILDCARDS, MAX_LENGTH, MAX_GROUPS = 100, 5, 5, 128, 5
MAX_PRIORITY, MAX_WEIGHT, MAX_BODY = 50_000, 999, 1024
SENSIBLE_PATTERNS = 3  # AWS names two limits, 5 values a rule and 3 a condition; 3 holds under both
CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")

_path = re.compile(r"""[A-Za-z0-9_\-.$/~"'@:+&*?]+""").fullmatch
_method = re.compile(r"[A-Z_-]{1,40}").fullmatch
_status = re.compile(r"[245][0-9]{2}").fullmatch


def run(path: Path) -> int:
    """Print what was found in a file; 0 when a load balancer would take it, else 1."""
    try:
        errors, warnings = findings(read(path))
    except BadRules as unreadable:
        errors, warnings = unreadable.problems, []
    for kind, found in (("error", errors), ("warning", warnings)):
        for problem in found:
            sys.stdout.write(f"{kind}: {problem}\n")
    if not errors:
        sys.stdout.write(f"{path}: good{_counted(len(warnings))}\n")
    return 1 if errors else 0


def _counted(warnings: int) -> str:
    return f", with {warnings} warning{'s' if warnings > 1 else ''}" if warnings else ""


def findings(document: Any) -> tuple[list[str], list[str]]:
    """Errors and warnings, a line each. There are warnings only when there is no error."""
    errors = list(_document(document))
    return errors, [] if errors else list(_warnings(parse(document)))


def _document(document: Any) -> Iterator[str]:
    if not isinstance(document, dict) or set(document) != {"Rules", "DefaultActions"}:
        yield 'the file must be an object with "Rules" and "DefaultActions", and nothing else'
        return
    rules = document["Rules"]
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        yield '"Rules" must be a list of objects'
        return
    if len(rules) > MAX_RULES:
        yield f"{len(rules)} rules; a load balancer takes {MAX_RULES}: merge or remove some"
    seen: set[int] = set()
    for place, rule in enumerate(rules, 1):
        priority = rule.get("Priority")
        name = f"rule {priority}" if isinstance(priority, int) else f"the {place}. rule"
        if type(priority) is not int or not 1 <= priority <= MAX_PRIORITY:
            yield f"{name}: Priority must be a whole number from 1 to {MAX_PRIORITY}"
        elif priority in seen:
            yield f"{name}: another rule has this priority too; give one of them a free number"
        else:
            seen.add(priority)
        yield from (f"{name}: {problem}" for problem in _rule(rule))
    yield from (f"the default action: {problem}" for problem in _actions(document["DefaultActions"]))


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    yield from _unknown(rule, {"Priority", "Conditions", "Actions"})
    yield from _conditions(rule.get("Conditions"))
    yield from _actions(rule.get("Actions"))


def _unknown(thing: dict[str, Any], known: set[str]) -> Iterator[str]:
    for name in sorted(set(thing) - known):
        yield f"{name} is not something that we render; remove it"


def _conditions(conditions: Any) -> Iterator[str]:
    if (
        not isinstance(conditions, list)
        or not conditions
        or not all(isinstance(one, dict) for one in conditions)
    ):
        yield "Conditions must be a list with a path-pattern or an http-request-method"
        return
    fields = [condition.get("Field") for condition in conditions]
    if len(set(map(str, fields))) < len(fields):
        yield "a field stands in two conditions; put all its values into one"
    values: list[str] = []
    for condition in conditions:
        field = condition.get("Field")
        if field not in CONFIGS:
            yield f"we render no condition on {field!r}; use path-pattern or http-request-method"
            continue
        config = condition.get(CONFIGS[field])
        listed = config.get("Values") if isinstance(config, dict) else None
        if not isinstance(listed, list) or not listed or not all(isinstance(value, str) for value in listed):
            yield f'{field} needs "{CONFIGS[field]}": {{"Values": ["…"]}}'
            continue
        yield from _unknown(condition, {"Field", CONFIGS[field]})
        yield from _unknown(config, {"Values"})
        values += listed
        for value in listed:
            yield from _pattern(value) if field == "path-pattern" else _method_value(value)
    if len(values) > MAX_VALUES:
        yield f"{len(values)} condition values; a load balancer takes {MAX_VALUES}: split the rule"
    wildcards = sum(value.count("*") + value.count("?") for value in values)
    if wildcards > MAX_WILDCARDS:
        yield f"{wildcards} wildcards; a load balancer takes {MAX_WILDCARDS}: split the rule"


def _pattern(value: str) -> Iterator[str]:
    if len(value) > MAX_LENGTH:
        yield f"a pattern of {len(value)} characters; a load balancer takes {MAX_LENGTH}: {value[:40]}…"
    if not _path(value):
        yield f"the pattern {value!r} may hold letters, digits, _-.$/~\"'@:+& and the wildcards * and ? only"
    elif value[0] not in "/*?":
        yield f"the pattern {value!r} matches no path; begin it with /"


def _method_value(value: str) -> Iterator[str]:
    if not _method(value):
        yield f"the method {value!r} must be 1 to 40 capital letters, - or _; wildcards have no meaning here"


def _actions(actions: Any) -> Iterator[str]:
    if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], dict):
        yield "there must be exactly one action, a forward or a fixed-response"
        return
    action = actions[0]
    if action.get("Type") == "forward":
        yield from _unknown(action, {"Type", "ForwardConfig", "Order"})
        yield from _forward(action.get("ForwardConfig"))
    elif action.get("Type") == "fixed-response":
        yield from _unknown(action, {"Type", "FixedResponseConfig", "Order"})
        yield from _fixed(action.get("FixedResponseConfig"))
    else:
        yield f"we render no action {action.get('Type')!r}; use forward or fixed-response"


def _forward(config: Any) -> Iterator[str]:
    groups = config.get("TargetGroups") if isinstance(config, dict) else None
    if not isinstance(groups, list) or not groups or not all(isinstance(group, dict) for group in groups):
        yield 'forward needs "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "…", "Weight": 1}]}'
        return
    yield from _unknown(config, {"TargetGroups"})
    if len(groups) > MAX_GROUPS:
        yield f"{len(groups)} target groups; a load balancer takes {MAX_GROUPS}: remove some"
    names = [group.get("TargetGroupArn") for group in groups]
    if len(set(map(str, names))) < len(names):
        yield "a target group is named twice; add its weights up"
    for group in groups:
        yield from _unknown(group, {"TargetGroupArn", "Weight"})
        name, weight = group.get("TargetGroupArn"), group.get("Weight", 1)
        if name not in GROUPS:
            yield f"there is no target group {name!r}; use one of {', '.join(GROUPS)}"
        if type(weight) is not int or not 0 <= weight <= MAX_WEIGHT:
            yield f"the weight of {name} must be a whole number from 0 to {MAX_WEIGHT}"
    if all(group.get("Weight", 1) == 0 for group in groups):
        yield "all weights are 0, so nobody would answer; give one group a weight"


def _fixed(config: Any) -> Iterator[str]:
    if not isinstance(config, dict):
        yield 'fixed-response needs "FixedResponseConfig": {"StatusCode": "404"}'
        return
    yield from _unknown(config, {"StatusCode", "ContentType", "MessageBody"})
    if not isinstance(config.get("StatusCode"), str) or not _status(config["StatusCode"]):
        yield 'StatusCode must be a string, "2xx", "4xx" or "5xx" in digits'
    if config.get("ContentType", "text/plain") not in CONTENT_TYPES:
        yield f"ContentType must be one of {', '.join(CONTENT_TYPES)}"
    body = config.get("MessageBody", "")
    if not isinstance(body, str) or "\0" in body:
        yield "MessageBody must be text"
    elif len(body.encode("utf-8", "surrogatepass")) > MAX_BODY:
        yield f"MessageBody is longer than {MAX_BODY} bytes; shorten it"


def _warnings(rules: Rules) -> Iterator[str]:
    for place, rule in enumerate(rules.rules):
        name = f"rule {rule.priority}"
        if len(rule.paths) > SENSIBLE_PATTERNS:
            yield f"{name}: {len(rule.paths)} patterns; {SENSIBLE_PATTERNS} are safe on AWS: split the rule"
        if "GET" in rule.methods and "HEAD" not in rule.methods:
            yield f"{name}: takes GET but not HEAD, which would go elsewhere; add HEAD"
        for path in rule.paths:
            if path.endswith("*") and path[:-1].rstrip("*")[-1:] not in ("/", ""):
                stem = path.rstrip("*")
                yield f"{name}: {path} also takes {stem}X; use the pair {stem} and {stem}/*"
        for path in rule.paths or ("/*",):
            above = next((earlier for earlier in rules.rules[:place] if _covers(earlier, rule, path)), None)
            if above is not None:
                yield f"{name}: {path} is never reached behind rule {above.priority}; move or remove it"


def _covers(earlier: Rule, rule: Rule, path: str) -> bool:
    """Whether `earlier` takes every request that `rule` would take by this pattern."""
    if earlier.methods and not (rule.methods and set(rule.methods) <= set(earlier.methods)):
        return False
    return not earlier.paths or any(_includes(wider, path) for wider in earlier.paths)


def _includes(wider: str, narrower: str) -> bool:
    """Whether a pattern takes all that another takes: then it takes the other's own text. There a `?` would
    take a `*` as well, so of those nothing is said."""
    if "?" in wider and "*" in narrower:
        return wider == narrower
    return re.fullmatch(regex(wider), narrower) is not None
