"""Examples of whole bodies, made of the examples that stand beside the fields."""

from typing import Any

Schema = dict[str, Any]


def example(schema: Schema, schemas: Schema) -> Any:
    """One value of a schema: its own example, else one made of those of its parts. What may be null is null;
    a field that may be left out is left out, unless it has an example. ValueError for a part without any."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if {"type": "null"} in schema.get("anyOf", []):
        return None
    if own := _own(schema):
        return own[0]
    if "properties" in schema:
        required = schema.get("required", [])
        fields = schema["properties"].items()
        return {
            name: example(field, schemas) if name in required else _own(field)[0]
            for name, field in fields
            if name in required or _own(field)
        }
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    values = schema.get("enum", [schema.get("const")])
    if values == [None]:
        raise ValueError(f"no example beside {schema}")
    return values[0]


def _own(schema: Schema) -> list[Any]:
    """The examples beside a field, beside the items of a list, or beside what a field is that may be null."""
    own = schema.get("examples", []) + [[value] for value in schema.get("items", {}).get("examples", [])]
    return own or [value for kind in schema.get("anyOf", []) for value in _own(kind)]
