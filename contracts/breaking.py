"""Names every change of the OpenAPI document that breaks a client of the last release.

`python -m contracts.breaking [RELEASED PRESENT]` prints each in a sentence, and fails if there is one.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.schemas import Schemas, target

HERE = Path(__file__).parent
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Node = dict[str, Any]
Parameters = dict[tuple[str, str | int], Node]


def breaking(old: Node, new: Node) -> list[str]:
    """A sentence for each change from `old` to `new` that a client of `old` may not survive."""
    return list(dict.fromkeys(Comparison(old, new).operations()))


class Comparison:
    """Two documents. What is said of an operation begins with its method and path."""

    def __init__(self, old: Node, new: Node) -> None:
        self.old, self.new = old, new
        self.schemas = Schemas(old, new)

    def operations(self) -> Iterator[str]:
        """Each path, however its parameters are called, and each method."""
        present = {shape(path): path for path in self.new["paths"]}
        for path, old_item in self.old["paths"].items():
            if shape(path) not in present:
                yield f"{path}: the path is gone"
                continue
            new_path = present[shape(path)]
            new_item = self.new["paths"][new_path]
            for method in (method for method in METHODS if method in old_item):
                at = f"{method.upper()} {path}"
                if method not in new_item:
                    yield f"{at}: the method is gone"
                    continue
                old, new = old_item[method], new_item[method]
                yield from (f"{at}: {said}" for said in self._security(old, new))
                before = parameters(self.old, path, old_item, old)
                after = parameters(self.new, new_path, new_item, new)
                yield from (f"{at}: {said}" for said in self._parameters(before, after))
                yield from (f"{at}: {said}" for said in self._request(old, new))
                yield from (f"{at} {said}" for said in self._answers(old, new))
                if old.get("operationId") != new.get("operationId"):
                    yield f"{at}: the operationId `{old.get('operationId')}` is gone"

    def _security(self, old: Node, new: Node) -> Iterator[str]:
        """Whoever was let in is still: each old way is enough for one of the new ways."""
        old_ways = old.get("security", self.old.get("security")) or [{}]
        new_ways = new.get("security", self.new.get("security")) or [{}]
        for way in old_ways:
            if not any(is_enough(way, wanted) for wanted in new_ways):
                yield f"{' and '.join(way) or 'no authorization'} is no longer enough"

    def _parameters(self, old: Parameters, new: Parameters) -> Iterator[str]:
        for key, before in old.items():
            name = f"the {before['in']} parameter `{before['name']}`"
            if key not in new:
                yield f"{name} is gone"
                continue
            after = new[key]
            if after.get("required") and not before.get("required"):
                yield f"{name} is required now"
            yield from self.schemas.request(before.get("schema", {}), after.get("schema", {}), name)
        for key, after in new.items():
            if key not in old and after.get("required"):
                yield f"the {after['in']} parameter `{after['name']}` is new and required"

    def _request(self, old: Node, new: Node) -> Iterator[str]:
        before = resolved(self.old, old.get("requestBody", {}))
        after = resolved(self.new, new.get("requestBody", {}))
        if after.get("required") and not before.get("required"):
            yield "a request body is required now"
        for kind, content in before.get("content", {}).items():
            if kind not in after.get("content", {}):
                yield f"a request body of {kind} is refused"
            else:
                wanted = after["content"][kind].get("schema", {})
                yield from self.schemas.request(content.get("schema", {}), wanted, "the request body")

    def _answers(self, old: Node, new: Node) -> Iterator[str]:
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{status}: the status is gone"
                continue
            before, after = resolved(self.old, answer), resolved(self.new, new["responses"][status])
            yield from (f"{status}: {said}" for said in self._answer(before, after))
        for status in new["responses"].keys() - old["responses"].keys():
            if status.startswith("2"):
                yield f"{status}: the status is a new success"

    def _answer(self, old: Node, new: Node) -> Iterator[str]:
        for name, header in old.get("headers", {}).items():
            said = f"the header `{name}`"
            before = resolved(self.old, header)
            if name not in new.get("headers", {}):
                yield f"{said} is gone"
                continue
            after = resolved(self.new, new["headers"][name])
            if before.get("required") and not after.get("required"):
                yield f"{said} is no longer always there"
            yield from self.schemas.answer(before.get("schema", {}), after.get("schema", {}), said)
        for kind, content in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"the body is no longer {kind}"
                continue
            given = new["content"][kind]
            yield from self.schemas.answer(content.get("schema", {}), given.get("schema", {}), "the body")
            if kind == "application/problem+json":
                for code in content.get("examples", {}).keys() - given.get("examples", {}).keys():
                    yield f"the code `{code}` is gone"


def shape(path: str) -> str:
    """A path with its parameters unnamed."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def resolved(document: Node, node: Node) -> Node:
    """The node, or what its `$ref` points to."""
    return resolved(document, target(node["$ref"], document)) if "$ref" in node else node


def parameters(document: Node, path: str, item: Node, operation: Node) -> Parameters:
    """By place and name; those of the path by position, since no client sends their names."""
    in_path = re.findall(r"\{([^}]*)\}", path)
    found: Parameters = {}
    for given in [*item.get("parameters", []), *operation.get("parameters", [])]:
        parameter = resolved(document, given)
        place, name = parameter["in"], parameter["name"]
        key = in_path.index(name) if place == "path" else name.lower() if place == "header" else name
        found[place, key] = parameter
    return found


def is_enough(way: Node, wanted: Node) -> bool:
    """Whether who comes with the schemes and scopes of `way` has all that are wanted."""
    return all(name in way and set(scopes) <= set(way[name]) for name, scopes in wanted.items())


def main(
    released: str = str(HERE / "released/openapi.json"), present: str = str(HERE / "openapi.json")
) -> int:
    """1 when something breaks, else 0."""
    old, new = (json.loads(Path(path).read_text()) for path in (released, present))
    said = breaking(old, new)
    sys.stdout.writelines(f"{line}\n" for line in said)
    return bool(said)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
