from datetime import UTC, datetime

import pytest

from chassis.text import Change, timestamp


@pytest.mark.parametrize("microsecond", [0, 1, 100, 999_999])
@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_a_time_always_has_six_fractional_digits_and_z(year: int, microsecond: int) -> None:
    moment = datetime(year, 2, 3, 4, 5, 6, microsecond, UTC)
    assert timestamp(moment) == f"{year:04}-02-03T04:05:06.{microsecond:06}Z"


def test_a_change_is_documented_without_the_null_that_it_refuses() -> None:
    class Renaming(Change):
        title: str | None = None
        pinned: bool | None = None

    kinds = {name: field["type"] for name, field in Renaming.model_json_schema()["properties"].items()}
    assert kinds == {"title": "string", "pinned": "boolean"}
