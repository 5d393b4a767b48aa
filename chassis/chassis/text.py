"""Text and ids as they come in over HTTP."""

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import CoreSchema

from chassis.problem import Problem

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def storable(value: str) -> str:
    """The text, or ValueError where PostgreSQL or UTF-8 could not hold it."""
    if "\0" in value:
        raise ValueError("must not contain the character NUL")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("must not contain half of a surrogate pair") from error
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


Text = Annotated[str, AfterValidator(storable)]
"""Text that can be stored, for query parameters; a Body sees to its fields itself."""

Line = Annotated[str, AfterValidator(_not_blank)]
"""Text with something to see in it."""


Timestamp = Annotated[
    datetime,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$",
            "examples": ["2026-03-01T09:30:00.000000Z"],
        }
    ),
]
"""A moment of an answer, as `timestamp` writes it."""


class Body(BaseModel):
    """A request body: exact types, no field that the API does not know, only text that can be stored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: object) -> object:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                storable(text)
        return value


class Change(Body):
    """Some fields of a thing: what is not sent stays, and null is no value."""

    @field_validator("*", mode="before")
    @classmethod
    def _a_value(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null")
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """None stands for what is not sent, so no field is documented as nullable."""
        described = handler.resolve_ref_schema(handler(schema))
        for name, field in described["properties"].items():
            sent = next(kind for kind in field.pop("anyOf") if kind != {"type": "null"})
            described["properties"][name] = {k: v for k, v in field.items() if k != "default"} | sent
        return described


def parse_id(raw: str, missing: type[Problem]) -> UUID:
    """The UUID of a path; what is none names nothing, so `missing` (a 404) is raised."""
    if not _UUID.fullmatch(raw):
        raise missing()
    return UUID(raw)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with six fractional digits and `Z`. `moment` is UTC, as asyncpg returns it."""
    if moment.microsecond:  # orjson takes a quarter of the time of isoformat, and leaves out a zero fraction
        return orjson.dumps(moment, option=orjson.OPT_UTC_Z)[1:-1].decode()
    return moment.isoformat(timespec="microseconds")[:26] + "Z"
