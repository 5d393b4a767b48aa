"""What an operation of AWS's API would say of its input, by the model that botocore carries."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator


def refusals(service: str, operation: str, given: dict[str, Any]) -> list[str]:
    """Unknown and missing keys, wrong types, and values that are none of the few that there are."""
    shape = input_of(service, operation)
    report = ParamValidator().validate(given, shape)
    return [report.generate_report()] if report.has_errors() else list(beyond_enums(given, shape))


@cache
def input_of(service: str, operation: str) -> Shape | None:
    session = botocore.session.get_session()
    return session.get_service_model(service).operation_model(operation).input_shape


def beyond_enums(value: Any, shape: Shape | None) -> Iterator[str]:
    """Values that the API does not know where it knows a few only, which botocore leaves to the server."""
    if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{shape.name}: {value}"
    elif isinstance(shape, StructureShape):
        for key, member in value.items():
            yield from beyond_enums(member, shape.members[key])
    elif isinstance(shape, ListShape):
        for member in value:
            yield from beyond_enums(member, shape.member)
    elif isinstance(shape, MapShape):
        for key, member in value.items():
            yield from beyond_enums(key, shape.key)
            yield from beyond_enums(member, shape.value)
