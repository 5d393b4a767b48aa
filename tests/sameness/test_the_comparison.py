"""The comparison finds what it is there for: each planted difference, and nothing else."""

import json

import pytest
from forum_client import Json
from sameness.comparing import Answer, Names, differences, shape

MONOLITH: Json = {
    "id": "01890000-0000-7000-8000-000000000001",
    "author": {"id": "01890000-0000-7000-8000-000000000002", "username": "ada"},
    "created_at": "2020-01-01T00:00:00.000001Z",
    "edited_at": None,
    "number": 1,
    "tags": [],
    "next": "b2Zm",
}
SPLIT: Json = {
    "id": "01890000-0000-7000-8000-00000000000a",
    "author": {"id": "01890000-0000-7000-8000-00000000000b", "username": "ada"},
    "created_at": "2021-01-01T00:00:00.000002Z",
    "edited_at": None,
    "number": 1,
    "tags": [],
    "next": "c2V0",
}
HEADERS = {"content-type": "application/json", "etag": '"1-0123456789abcdef0123"', "date": "today"}
OTHERS = {"content-type": "application/json", "etag": '"1-fedcba9876543210fedc"', "date": "tomorrow"}


def answer(body: Json, headers: dict[str, str], status: int = 200) -> Answer:
    return Answer(status, headers, json.dumps(body).encode())


def compared(
    split_body: Json = SPLIT, split_headers: dict[str, str] = OTHERS, status: int = 200
) -> list[str]:
    found = shape(answer(split_body, split_headers, status), Names())
    return differences(shape(answer(MONOLITH, HEADERS), Names()), found)


def test_ids_times_cursors_and_digests_of_ones_own_are_no_difference() -> None:
    assert compared() == []


@pytest.mark.parametrize(
    ("planted", "report"),
    [
        ({"number": 2}, "body.number: monolith 1, split 2"),
        ({"number": True}, "body.number: monolith 1, split True"),
        ({"number": "1"}, "body.number: monolith 1, split '1'"),
        ({"edited_at": SPLIT["created_at"]}, "body.edited_at: monolith None, split 'time 1'"),
        ({"tags": ["x"]}, "body.tags: monolith [], split nothing"),
        ({"id": SPLIT["author"]["id"]}, "body.author.id: monolith 'id 2', split 'id 1'"),
        ({"next": None}, "body.next: monolith 'cursor 1', split None"),
        ({"author": SPLIT["author"] | {"bio": "x"}}, "body.author.bio: monolith nothing, split 'x'"),
        ({"created_at": "2021-01-01T00Z"}, "body.created_at: monolith 'time 1', split '2021-01-01T00Z'"),
    ],
)  # fmt: skip
def test_another_body_is_told_by_its_place(planted: Json, report: str) -> None:
    assert report in compared(SPLIT | planted)


@pytest.mark.parametrize(
    ("planted", "report"),
    [
        ({"etag": '"2-fedcba9876543210fedc"'},
         """header etag: monolith '"1-digest 1"', split '"2-digest 1"'"""),
        ({"cache-control": "no-store"}, "header cache-control: monolith nothing, split 'no-store'"),
        ({"content-type": "application/problem+json"},
         "header content-type: monolith 'application/json', split 'application/problem+json'"),
    ],
)  # fmt: skip
def test_another_header_is_told_by_its_name(planted: Json, report: str) -> None:
    assert compared(split_headers=OTHERS | planted) == [report]


def test_another_status_and_another_order_are_told() -> None:
    assert compared(status=201) == ["status: monolith 200, split 201"]
    assert compared(dict(reversed(SPLIT.items()))) != []
    same = answer({"a": 1, "b": 2}, HEADERS), answer({"b": 2, "a": 1}, HEADERS)
    assert differences(*(shape(each, Names()) for each in same)) == ["the fields have another order"]


def test_what_came_before_keeps_its_name() -> None:
    names = Names()
    shape(answer(MONOLITH, HEADERS), names)
    again = shape(answer({"author": MONOLITH["author"]}, {"etag": HEADERS["etag"]} | HEADERS), names)
    assert again["body.author.id"] == "id 2"
    assert names.within(f"/api/topics/{MONOLITH['id']}?cursor=b2Zm") == "/api/topics/id 1?cursor=cursor 1"
