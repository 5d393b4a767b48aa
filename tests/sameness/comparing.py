"""Two answers to one request, compared once what is a forum's own (ids, times, tokens …) has a name instead.

Names go by order of first appearance: `id 3` is the third id that a forum showed. Two forums with the same
history show the same names in the same places.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = dict[str, Any]  # where in an answer → what is there, e.g. "body.items.0.id" → "id 3"

ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
OWN = re.compile(rf"(?P<id>{ID})|(?P<time>{TIME})|(?<=cursor=)(?P<cursor>[\w-]+)")
ETAG = re.compile(r'"(\d+-)?([0-9a-f]{20})"')
SECONDS_OLD = {"access_token"}  # two of one session are the same text when both are of the same second
OPAQUE = {
    "refresh_token": "token",
    "next": "cursor",
    "kid": "key",
    "x": "key",
}  # fields whose text is a forum's own, and what kind it is
UNCOMPARED = {"date", "connection", "content-length"}  # the length follows from that of cursors and tokens


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def outcome(self) -> str:
        """The status, of a problem with its code: `404 topic_not_found`."""
        if self.headers.get("content-type") == "application/problem+json" and self.body:
            return f"{self.status} {self.json()['code']}"
        return str(self.status)

    def json(self) -> Any:
        return json.loads(self.body)

    def at(self, place: str) -> str:
        """The text at `items.0.id` of the body, or of `header etag`."""
        if place.startswith("header "):
            return self.headers[place.removeprefix("header ")]
        found = self.json()
        for step in place.split("."):
            found = found[int(step) if isinstance(found, list) else step]
        return str(found)


@dataclass
class Names:
    """The names of what one forum has shown."""

    given: dict[str, str] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)

    def of(self, kind: str, value: str) -> str:
        if value not in self.given:
            self.count[kind] += 1
            self.given[value] = f"{kind} {self.count[kind]}"
        return self.given[value]

    def within(self, text: str) -> str:
        """A text with every id, time and cursor in it named."""
        return OWN.sub(lambda found: self.of(str(found.lastgroup), found[0]), text)

    def copy(self) -> "Names":
        return Names(dict(self.given), self.count.copy())


def shape(answer: Answer, names: Names, *, sent_id: bool = False) -> Shape:
    """All of an answer with names for what is the forum's own. `sent_id`: the request had an X-Request-ID."""
    found: Shape = {"status": answer.status}
    for name, value in sorted(answer.headers.items()):
        if name not in UNCOMPARED:
            found[f"header {name}"] = _header(name, value, names, sent_id)
    if "json" in answer.headers.get("content-type", "") and answer.body:
        found.update(_leaves("body", answer.json(), names))
    else:
        found["body"] = names.within(answer.body.decode(errors="backslashreplace"))
    return found


def _header(name: str, value: str, names: Names, sent_id: bool) -> str:
    if name == "etag":
        return ETAG.sub(lambda found: f'"{found[1] or ""}{names.of("digest", found[2])}"', value)
    if name == "x-request-id" and not sent_id:
        return names.of("request", value)
    if name == "retry-after" and value.isdigit():
        return "some seconds"
    return names.within(value)


def _leaves(place: str, value: Any, names: Names) -> Iterator[tuple[str, Any]]:
    """What has no parts, in document order; an empty list or object is a leaf too."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(f"{place}.{key}", part, names)
    elif isinstance(value, list) and value:
        for index, part in enumerate(value):
            yield from _leaves(f"{place}.{index}", part, names)
    elif isinstance(value, str):
        yield place, _text(place.rpartition(".")[2], value, names)
    else:
        yield place, value


def _text(name: str, value: str, names: Names) -> str:
    if name in SECONDS_OLD:
        return "some token"
    return names.of(OPAQUE[name], value) if name in OPAQUE else names.within(value)


def differences(monolith: Shape, split: Shape) -> list[str]:
    """A readable line for each place where they differ; one for another order of the same."""
    lines = [
        f"{place}: monolith {_shown(monolith, place)}, split {_shown(split, place)}"
        for place in dict.fromkeys([*monolith, *split])
        if _shown(monolith, place) != _shown(split, place)
    ]
    if not lines and list(monolith) != list(split):
        return ["the fields have another order"]
    return lines


def _shown(found: Shape, place: str) -> str:
    """Its value as Python writes it: 1 is not True, and no field is not null."""
    return repr(found[place])[:200] if place in found else "nothing"
