"""CloudFormation templates, read and worked out for given parameters, without making anything."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

ACCOUNT = {
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::NoValue": None,
}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, each read as its long form: `!Ref A` is `{"Ref": "A"}`."""


def _function(loader: Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


Loader.add_multi_constructor("!", _function)


@cache
def read(text: str) -> dict[str, Any]:
    """A template as it stands, to be read only."""
    document: dict[str, Any] = yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    return document


@dataclass(frozen=True)
class Made:
    """What a stack would consist of: resources by logical id, exports by name, and the names it imports.

    A resource stands for itself as `@Id`, an attribute of it as `@Id.Attribute`, what is imported as
    `=name-of-the-export`.
    """

    resources: dict[str, dict[str, Any]]
    exports: dict[str, Any]
    imports: frozenset[str]

    def of_type(self, suffix: str) -> dict[str, Any]:
        """The properties of each resource of a type, by logical id."""
        return {
            logical: resource.get("Properties", {})
            for logical, resource in self.resources.items()
            if resource["Type"] == f"AWS::{suffix}"
        }


def make(template: Mapping[str, Any], **parameters: str) -> Made:
    """A template worked out for parameters; those that are not given have their defaults."""
    work = Work(template, parameters)
    resources = {
        logical: {**resource, "Properties": work.out(resource.get("Properties", {}))}
        for logical, resource in work.repeated(template["Resources"]).items()
        if work.holds(resource)
    }
    outputs = [output for output in template.get("Outputs", {}).values() if work.holds(output)]
    exports = {
        work.out(output["Export"]["Name"]): work.out(output["Value"])
        for output in outputs
        if "Export" in output
    }
    return Made(resources, exports, frozenset(work.imports))


def linked(value: Any, exports: Mapping[str, Any]) -> Any:
    """A value in which what is imported stands for itself, as far as these exports have it."""
    if isinstance(value, dict):
        return {key: linked(inner, exports) for key, inner in value.items()}
    if isinstance(value, list):
        return [linked(inner, exports) for inner in value]
    return exports.get(value.removeprefix("="), value) if isinstance(value, str) else value


class Work:
    """The functions of CloudFormation that the templates use, for one choice of parameters."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        declared = template.get("Parameters", {})
        assert set(parameters) <= set(declared), f"no such parameter: {set(parameters) - set(declared)}"
        defaults = {name: one["Default"] for name, one in declared.items() if "Default" in one}
        self.template = template
        self.values = {**ACCOUNT, **defaults, **parameters}
        self.imports: set[str] = set()
        self.functions: dict[str, Callable[[Any], Any]] = {
            "Ref": lambda name: self.values.get(name, f"@{name}"),
            "Condition": lambda name: self.out(template["Conditions"][name]),
            "Fn::GetAtt": self.attribute,
            "Fn::Sub": self.substitute,
            "Fn::ImportValue": self.take,
            "Fn::If": self.choose,
            "Fn::Equals": lambda sides: self.out(sides[0]) == self.out(sides[1]),
            "Fn::Not": lambda sides: not self.out(sides[0]),
            "Fn::Or": lambda sides: any(map(self.out, sides)),
            "Fn::And": lambda sides: all(map(self.out, sides)),
            "Fn::Join": lambda pair: pair[0].join(map(str, self.out(pair[1]))),
            "Fn::Split": lambda pair: self.out(pair[1]).split(pair[0]),
            "Fn::Select": lambda pair: self.out(pair[1])[int(pair[0])],
            "Fn::FindInMap": self.look_up,
            "Fn::GetAZs": lambda _: ["zone 1", "zone 2"],
            "Fn::Cidr": self.blocks,
        }

    def repeated(self, section: Mapping[str, Any]) -> dict[str, Any]:
        """A section with what stands in `Fn::ForEach::…` once for each of its values."""
        whole: dict[str, Any] = {}
        for logical, content in section.items():
            if not logical.startswith("Fn::ForEach::"):
                whole[logical] = content
                continue
            name, values, each = content
            for value in self.out(values).split(","):
                text = json.dumps(each).replace(f"${{{name}}}", value)
                whole |= json.loads(text.replace(json.dumps({"Ref": name}), json.dumps(value)))
        return whole

    def holds(self, thing: Mapping[str, Any]) -> bool:
        """Whether something has no condition, or one that is true."""
        return "Condition" not in thing or bool(self.functions["Condition"](thing["Condition"]))

    def out(self, value: Any) -> Any:
        """A value without functions; what is AWS::NoValue is left out."""
        if isinstance(value, dict):
            if len(value) == 1 and (name := next(iter(value))) in self.functions:
                return self.functions[name](value[name])
            pairs = ((key, self.out(inner)) for key, inner in value.items())
            return {key: inner for key, inner in pairs if inner is not None}
        if isinstance(value, list):
            return [inner for inner in map(self.out, value) if inner is not None]
        return value

    def choose(self, choice: list[Any]) -> Any:
        condition, this, that = choice
        return self.out(this if self.holds({"Condition": condition}) else that)

    def attribute(self, place: list[str]) -> Any:
        logical, name = place
        properties = self.template["Resources"][logical].get("Properties", {})
        return self.out(properties["CidrBlock"]) if name == "CidrBlock" else f"@{logical}.{name}"

    def look_up(self, keys: list[Any]) -> Any:
        name, first, second = self.out(keys)
        return self.template["Mappings"][name][first][second]

    def substitute(self, given: Any) -> str:
        text, more = (given, {}) if isinstance(given, str) else given
        values = {**self.values, **self.out(more)}
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(values.get(found[1], f"@{found[1]}")), text)

    def take(self, name: Any) -> str:
        taken = str(self.out(name))
        self.imports.add(taken)
        return f"={taken}"

    def blocks(self, given: Any) -> list[str]:
        block, count, bits = self.out(given)
        subnets = ipaddress.ip_network(block).subnets(new_prefix=32 - int(bits))
        return [str(subnet) for subnet, _ in zip(subnets, range(int(count)), strict=False)]
