"""Which rule takes a request: the matching of an Application Load Balancer, and nothing else.

Patterns are case-sensitive and see the raw path, without the query. `*` is any run of characters, `/`
included, `?` exactly one; no other character is special. The first rule by priority wins.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

import random
import re
from collections.abc import Callable, Sequence

from router.rules import Action, Fixed, Forward, Rules

PCHAR = r"[A-Za-z0-9._~!$&'()*+,;=:@-]"
# Escapes of unreserved characters (RFC 3986, 2.3) and of the slash are other spellings of another path.
ESCAPE = r"%(?!2[d-fD-F]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])[0-9A-Fa-f]{2}"
SEGMENT = rf"(?!\.\.?(?:/|$))(?:{PCHAR}|{ESCAPE})++"
CLEAN = rf"^(?:/{SEGMENT})*+/?$"

_clean = re.compile(CLEAN).fullmatch
NOT_FOUND = Fixed(404, "text/plain", "Not found\n")


def is_clean(path: str) -> bool:
    """Whether a raw path has one meaning: no `//`, no dot segment, no escape that a service would decode into
    another path, no character outside RFC 3986."""
    return bool(path) and _clean(path) is not None


def regex(pattern: str) -> str:
    """A path pattern as a regular expression without anchors; linear in the length of the path.

    A literal after `*` may be taken where it comes first, so that nothing is ever tried twice: hence the
    atomic groups, which Python and PCRE both know.
    """
    first, *others = (
        "".join("." if character == "?" else re.escape(character) for character in literal)
        for literal in re.sub(r"\*+", "*", pattern).split("*")
    )
    if not others:
        return first
    *middle, last = others
    tail = f".*{last}" if last else ".*"
    return first + "".join(f"(?>.*?{literal})" for literal in middle) + tail


def matcher(rules: Rules) -> Callable[[str, str], Action]:
    """A function from (method, raw path) to the action of the first rule that matches, or the default.

    A path with more than one meaning gets 404, whatever the rules say: no spelling passes a rule that its
    plain form would not. All rules are one regular expression, so that choosing takes one call.
    """
    actions = [rule.action for rule in rules.rules]
    alternatives = (_alternative(rule.methods, rule.paths) for rule in rules.rules)
    first = re.compile("|".join(f"({alternative})" for alternative in alternatives)).fullmatch

    def choose(method: str, path: str) -> Action:
        if not is_clean(path):
            return NOT_FOUND
        found = first(f"{method} {path}") if actions else None
        return rules.default if found is None else actions[(found.lastindex or 0) - 1]

    return choose


def _alternative(methods: Sequence[str], paths: Sequence[str]) -> str:
    method = "|".join(map(re.escape, methods)) or "[^ ]+"
    return f"(?:{method}) (?:{'|'.join(map(regex, paths)) or '.*'})"


def draw(forward: Forward) -> str:
    """The name of one of the groups, by chance, in proportion to the weights; never one of weight 0."""
    if len(forward.groups) == 1:
        return forward.groups[0].group
    names = [share.group for share in forward.groups]
    return random.choices(names, [share.weight for share in forward.groups])[0]  # noqa: S311 - not a secret
