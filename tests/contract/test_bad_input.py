"""Whatever a client sends is answered with a problem, never with a 5xx."""

import json
from typing import Any

import pytest
from forum_client import Forum, Json, Person, accepted, refused

JSON_TYPE = {"Content-Type": "application/json"}
FINE: dict[str, Json] = {
    "register": {"username": "nobody-yet", "password": "correct horse", "display_name": "x"},
    "log in": {"username": "nobody-yet", "password": "correct horse"},
    "refresh": {"refresh_token": "x"},
    "change password": {"current": "correct horse", "new": "correct horse"},
    "delete account": {"password": "correct horse"},
    "edit profile": {"display_name": "x", "bio": "x"},
    "change user": {"role": "member", "state": "active"},
    "start topic": {"title": "x", "body": "x", "tags": ["x"]},
    "edit topic": {"title": "x", "body": "x", "tags": ["x"], "pinned": False, "locked": False},
    "reply": {"body": "x", "reply_to": "00000000-0000-7000-8000-000000000000"},
    "edit message": {"body": "x"},
}


@pytest.fixture(params=list(FINE))
def write(request: pytest.FixtureRequest, ada: Person, topic: Json) -> tuple[str, str, Json]:
    """Method, path and a body whose shape is right, of each write that takes one."""
    where = {
        "register": "POST /api/users",
        "log in": "POST /api/sessions",
        "refresh": "POST /api/sessions/refresh",
        "change password": "POST /api/users/me/password",
        "delete account": "DELETE /api/users/me",
        "edit profile": "PATCH /api/users/me",
        "change user": f"PATCH /api/users/{ada.username}",
        "start topic": "POST /api/topics",
        "edit topic": f"PATCH /api/topics/{topic['id']}",
        "reply": f"POST /api/topics/{topic['id']}/messages",
        "edit message": f"PATCH /api/messages/{topic['id']}",
    }
    method, path = where[request.param].split()
    return method, path, FINE[request.param]


UNREADABLE = {
    "nothing": b"",
    "blank": b" ",
    "half an object": b'{"title": "x"',
    "not JSON": b"title=x",
    "NaN": b'{"title": NaN}',
    "infinity": b'{"title": -Infinity}',
    "not UTF-8": b'{"title": "\xff"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "two values": b"{}{}",
    "a bare control character": b'{"title": "\x00"}',
    "open arrays": b"[" * 100_000,
    "deep nesting": b"[" * 100_000 + b"]" * 100_000,
    "deep nesting in a field": b'{"title": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_json_is_400(ada: Person, write: tuple[str, str, Json], body: bytes) -> None:
    method, path, _ = write
    refused(ada.request(method, path, content=body, headers=JSON_TYPE), 400)


@pytest.mark.parametrize("body", ["[]", '"x"', "1", "null", "true", "[{}]", "1e400", "1" * 5000])
def test_json_that_is_no_object_is_422(ada: Person, write: tuple[str, str, Json], body: str) -> None:
    method, path, _ = write
    answer = ada.request(method, path, content=body.encode(), headers=JSON_TYPE)
    if body in ("1e400", "1" * 5000) and answer.status_code == 400:
        return  # a number beyond all floats may count as unreadable
    refused(answer, 422)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "multipart/form-data",
        "",
        "x",
        None,
    ],
)
def test_anything_but_json_is_415(ada: Person, write: tuple[str, str, Json], kind: str | None) -> None:
    method, path, body = write
    headers = {} if kind is None else {"Content-Type": kind}
    refused(ada.request(method, path, content=json.dumps(body).encode(), headers=headers), 415)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;x=y"]
)
def test_json_may_have_parameters_and_any_case(ada: Person, kind: str) -> None:
    answer = ada.request(
        "POST", "/api/topics", content=b'{"title": "x", "body": "x"}', headers={"Content-Type": kind}
    )
    accepted(answer, 201)


WRONG: list[Any] = [1, 1.5, True, {"a": "b"}, [["x"]], "a\x00b"]


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_field_of_another_type_is_422_and_named(
    ada: Person, write: tuple[str, str, Json], value: object
) -> None:
    method, path, body = write
    for name, good in body.items():
        if type(value) is type(good) and not isinstance(value, str):
            continue
        problem = refused(ada.request(method, path, json=body | {name: value}), 422)
        assert any(error["field"].startswith(name) for error in problem["errors"]), (name, problem)


@pytest.mark.parametrize("escape", ["\\ud800", "\\udc00", "\\udc00\\ud800", "a\\ud800b", "\\u0000"])
def test_a_lone_surrogate_or_nul_is_422_in_every_field(
    ada: Person, write: tuple[str, str, Json], escape: str
) -> None:
    method, path, body = write
    for name, good in body.items():
        value = f'["{escape}"]' if isinstance(good, list) else f'"{escape}"'
        others = json.dumps({key: rest for key, rest in body.items() if key != name})[1:-1]
        text = f'{{"{name}": {value}{", " if others else ""}{others}}}'
        refused(ada.request(method, path, content=text.encode(), headers=JSON_TYPE), 422)


@pytest.mark.parametrize("name", ["colour", "id", "__proto__", "", "\\u0000", "\\ud800"])
def test_a_field_that_is_unknown_is_422(ada: Person, write: tuple[str, str, Json], name: str) -> None:
    method, path, body = write
    text = f'{{"{name}": 1, ' + json.dumps(body)[1:]
    refused(ada.request(method, path, content=text.encode(), headers=JSON_TYPE), 422)


@pytest.mark.parametrize(
    ("path", "name"),
    [("users", "q"), ("topics", "q"), ("topics", "tag"), ("topics", "author"), ("messages", "q"),
     ("messages", "author")],
)  # fmt: skip
def test_nul_in_a_query_is_422_and_named(forum: Forum, path: str, name: str) -> None:
    refused(forum.get(f"/api/{path}", **{name: "a\x00b"}), 422, "invalid", field=name)


def test_each_required_field_that_is_missing_is_422_and_named(ada: Person, topic: Json) -> None:
    required = {
        "/api/users": ["username", "password"],
        "/api/sessions": ["username", "password"],
        "/api/sessions/refresh": ["refresh_token"],
        "/api/users/me/password": ["current", "new"],
        "/api/topics": ["title", "body"],
        f"/api/topics/{topic['id']}/messages": ["body"],
    }
    for path, names in required.items():
        problem = refused(ada.request("POST", path, json={}), 422)
        assert {error["field"] for error in problem["errors"]} >= set(names), path
