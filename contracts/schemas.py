"""Which values a schema took before and takes now (JSON Schema 2020-12, as far as OpenAPI documents go).

A request may only take more than before, an answer only give less: each old value of a request has to
fit the new schema, each new value of an answer the old one.
"""

from collections.abc import Iterator
from math import inf
from typing import Any

Schema = dict[str, Any]

AT_MOST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
AT_LEAST = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
EXACTLY = ("pattern", "format", "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType")
NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


class Schemas:
    """Compares schemas of two documents; sentences name the field from its top."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new

    def request(self, old: Schema, new: Schema, top: str) -> list[str]:
        """What was accepted and is no longer."""
        return list(Direction(self, True, top).compare(old, new, "", ()))

    def answer(self, old: Schema, new: Schema, top: str) -> list[str]:
        """What was never answered, or always, and now is not so."""
        return list(Direction(self, False, top).compare(old, new, "", ()))


class Direction:
    """A comparison for a request, or else for an answer."""

    def __init__(self, schemas: Schemas, is_request: bool, top: str) -> None:
        self.old, self.new = schemas.old, schemas.new
        self.is_request, self.top = is_request, top

    def compare(self, old: Any, new: Any, at: str, seen: tuple[tuple[str, str], ...]) -> Iterator[str]:
        """Each kind of value on the side that must fit, against the kind on the other that it fits best."""
        pair = (reference(old), reference(new))
        if all(pair) and pair in seen:
            return
        before, after = alternatives(old, self.old), alternatives(new, self.new)
        fitting, wide = (before, after) if self.is_request else (after, before)
        for one in fitting:
            found = [
                list(self._kind(*((one, other) if self.is_request else (other, one)), at, (*seen, pair)))
                for other in wide
                if fits(kind(one), kind(other))
            ]
            if found:
                yield from min(found, key=len)
            elif self.is_request:
                yield self._say(at, f"no longer takes {kind(one) or 'any value'}")
            else:
                yield self._say(at, f"may be {kind(one) or 'any value'} now")

    def _say(self, at: str, words: str) -> str:
        return f"the field `{at}` {words}" if at else f"{self.top} {words}"

    def _kind(self, old: Schema, new: Schema, at: str, seen: tuple[tuple[str, str], ...]) -> Iterator[str]:
        yield from (self._say(at, words) for words in self._values(old, new))
        yield from self._fields(old, new, at, seen)
        if "items" in old or "items" in new:
            yield from self.compare(old.get("items", {}), new.get("items", {}), f"{at}[]", seen)

    def _values(self, old: Schema, new: Schema) -> Iterator[str]:
        fitting, wide = (old, new) if self.is_request else (new, old)
        if (allowed := values(wide)) is not None:
            given = values(fitting)
            for value in given or []:
                if value not in allowed:
                    yield f"no longer takes {value!r}" if self.is_request else f"may be {value!r} now"
            if given is None:
                yield f"takes only {allowed} now" if self.is_request else f"may be more than {allowed} now"
        for word in (*AT_MOST, *AT_LEAST, *EXACTLY):
            if word in wide and is_outside(word, fitting.get(word), wide[word]):
                yield f"has {word} {new.get(word, 'no more')}, not {old.get(word, 'any')}"

    def _fields(self, old: Schema, new: Schema, at: str, seen: tuple[tuple[str, str], ...]) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, field in before.items():
            inner = f"{at}.{name}".lstrip(".")
            if name in after:
                yield from self.compare(field, after[name], inner, seen)
            else:
                yield self._say(inner, "is gone")
        sure_before, sure_after = set(old.get("required", [])), set(new.get("required", []))
        if self.is_request:
            for name in sorted(sure_after - sure_before):
                yield self._say(f"{at}.{name}".lstrip("."), "is required now")
        else:
            for name in sorted((sure_before - sure_after) & after.keys()):
                yield self._say(f"{at}.{name}".lstrip("."), "is no longer always there")
        others_before, others_after = (one.get("additionalProperties", True) for one in (old, new))
        if self.is_request and others_after is False and others_before is not False:
            yield self._say(at, "refuses further fields now")
        elif isinstance(others_after if self.is_request else others_before, dict):
            yield from self.compare(others_before, others_after, f"{at}.*".lstrip("."), seen)


def reference(schema: Any) -> str:
    return str(schema.get("$ref", "")) if isinstance(schema, dict) else ""


def target(ref: str, document: Schema) -> Any:
    """What a `$ref` within the document points to."""
    found: Any = document
    for part in ref.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def alternatives(schema: Any, document: Schema) -> list[Schema]:
    """The schemas of one type each that this one is: its `anyOf`, `oneOf` and lists of types taken apart,
    references followed, `allOf` and what stands beside it merged."""
    if not isinstance(schema, dict):
        return [{}] if schema else []
    rest = {word: value for word, value in schema.items() if word not in ("$ref", "anyOf", "oneOf", "allOf")}
    found = [rest]
    if isinstance(rest.get("type"), list):
        found = [rest | {"type": one} for one in rest["type"]]
    if "$ref" in schema:
        found = combined(found, alternatives(target(schema["$ref"], document), document))
    for part in schema.get("allOf", []):
        found = combined(found, alternatives(part, document))
    for word in ("anyOf", "oneOf"):
        if word in schema:
            found = combined(found, [one for part in schema[word] for one in alternatives(part, document)])
    return found


def combined(ones: list[Schema], others: list[Schema]) -> list[Schema]:
    """What fits one of each, where their types can meet."""
    return [
        merged(one, other)
        for one in ones
        for other in others
        if fits(kind(one), kind(other)) or fits(kind(other), kind(one)) or kind(one) is None
    ]


def merged(one: Schema, other: Schema) -> Schema:
    both = one | other
    if "properties" in one and "properties" in other:
        both["properties"] = one["properties"] | other["properties"]
    if "required" in one and "required" in other:
        both["required"] = [*one["required"], *other["required"]]
    return both


def kind(schema: Schema) -> str | None:
    """The JSON type of a schema, None where any will do."""
    if "type" in schema:
        return str(schema["type"])
    if allowed := values(schema):
        return NAMES.get(type(allowed[0]), "null")
    return "object" if "properties" in schema else None


def fits(inner: str | None, outer: str | None) -> bool:
    return outer is None or inner == outer or (inner, outer) == ("integer", "number")


def values(schema: Schema) -> list[Any] | None:
    """The only values that fit, where they are listed."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def is_outside(word: str, inner: Any, outer: Any) -> bool:
    """Whether a limit (None for none) lets in what the outer one does not."""
    if word in AT_MOST:
        return inner is None or bool(inner > outer)
    if word in AT_LEAST:
        least = 0 if word.startswith("min") and word != "minimum" else -inf
        return bool((least if inner is None else inner) < outer)
    return bool(inner != outer)
