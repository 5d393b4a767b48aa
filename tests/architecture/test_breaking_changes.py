"""A change of the OpenAPI document that breaks a client is named in a sentence; any other is not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.breaking import breaking, main

Node = Any  # JSON, to be changed at any depth
Change = Callable[[Node], object]

TOPIC: Node = {
    "type": "object",
    "required": ["id", "author", "edited_at"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "author": {"$ref": "#/components/schemas/Author"},
        "edited_at": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "state": {"enum": ["open", "locked"]},
        "count": {"type": "integer", "minimum": 0},
        "votes": {"type": "object", "additionalProperties": {"type": "integer"}},
        "replies": {"type": "array", "items": {"$ref": "#/components/schemas/Topic"}},
    },
}
NEW: Node = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 200},
        "tags": {"type": "array", "maxItems": 5, "items": {"type": "string", "pattern": "^[a-z]+$"}},
        "reply_to": {"type": ["string", "null"]},
        "sort": {"type": "string", "enum": ["new", "top"]},
        "weight": {"type": "number"},
        "place": {"type": "object"},
    },
}
PROBLEM: Node = {"application/problem+json": {"examples": {"topic_locked": {}, "topic_gone": {}}}}
DOCUMENT: Node = {
    "security": [{"token": []}],
    "paths": {
        "/topics/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "read",
                "security": [{}, {"token": []}],
                "parameters": [{"$ref": "#/components/parameters/Limit"}],
                "responses": {
                    "200": {
                        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Topic"}}},
                    },
                    "409": {"content": PROBLEM},
                },
            },
            "post": {
                "operationId": "write",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}
                },
                "responses": {"201": {}},
            },
        },
    },
    "components": {
        "parameters": {
            "Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}}
        },
        "schemas": {
            "Author": {
                "allOf": [
                    {"type": "object", "properties": {"name": {"type": "string"}}},
                    {"properties": {"rank": {"type": "string"}}},
                ]
            },
            "Topic": TOPIC,
            "New": NEW,
        },
    },
}


def path(of: Node) -> Node:
    return of["paths"]["/topics/{id}"]


def answer(of: Node) -> Node:
    return path(of)["get"]["responses"]["200"]


def topic(of: Node) -> Node:
    return of["components"]["schemas"]["Topic"]["properties"]


def new(of: Node) -> Node:
    return of["components"]["schemas"]["New"]["properties"]


def author(of: Node) -> Node:
    return of["components"]["schemas"]["Author"]["allOf"][0]["properties"]


def limit(of: Node) -> Node:
    return of["components"]["parameters"]["Limit"]


def codes(of: Node) -> Node:
    return path(of)["get"]["responses"]["409"]["content"]["application/problem+json"]


READ, WRITE = "GET /topics/{id}", "POST /topics/{id}"
BREAKING: list[tuple[Change, str]] = [
    (lambda d: d["paths"].clear(), "/topics/{id}: the path is gone"),
    (lambda d: path(d).pop("post"), f"{WRITE}: the method is gone"),
    (lambda d: path(d)["get"].update(operationId="x"), f"{READ}: the operationId `read` is gone"),
    (lambda d: path(d)["get"].pop("security"), f"{READ}: no authorization is no longer enough"),
    (lambda d: d.update(security=[{"token": ["all"]}]), f"{WRITE}: token is no longer enough"),
    (lambda d: path(d)["get"].pop("parameters"), f"{READ}: the query parameter `limit` is gone"),
    (lambda d: limit(d).update(required=True), f"{READ}: the query parameter `limit` is required now"),
    (
        lambda d: path(d)["post"].update(parameters=[{"name": "k", "in": "header", "required": True}]),
        f"{WRITE}: the header parameter `k` is new and required",
    ),
    (
        lambda d: limit(d)["schema"].update(maximum=8),
        f"{READ}: the query parameter `limit` has maximum 8, not 9",
    ),
    (
        lambda d: limit(d)["schema"].update(minimum=1),
        f"{READ}: the query parameter `limit` has minimum 1, not any",
    ),
    (
        lambda d: path(d)["post"]["requestBody"].update(required=True),
        f"{WRITE}: a request body is required now",
    ),
    (
        lambda d: path(d)["post"]["requestBody"]["content"].clear(),
        f"{WRITE}: a request body of application/json is refused",
    ),
    (lambda d: new(d).pop("sort"), f"{WRITE}: the field `sort` is gone"),
    (
        lambda d: d["components"]["schemas"]["New"].update(required=["title", "sort"]),
        f"{WRITE}: the field `sort` is required now",
    ),
    (
        lambda d: new(d)["title"].update(maxLength=100),
        f"{WRITE}: the field `title` has maxLength 100, not 200",
    ),
    (lambda d: new(d)["title"].update(minLength=2), f"{WRITE}: the field `title` has minLength 2, not 1"),
    (lambda d: new(d)["title"].update(pattern="^a"), f"{WRITE}: the field `title` has pattern ^a, not any"),
    (lambda d: new(d)["tags"].update(maxItems=4), f"{WRITE}: the field `tags` has maxItems 4, not 5"),
    (
        lambda d: new(d)["tags"]["items"].update(pattern="^b"),
        f"{WRITE}: the field `tags[]` has pattern ^b, not ^[a-z]+$",
    ),
    (
        lambda d: new(d)["reply_to"].update(type="string"),
        f"{WRITE}: the field `reply_to` no longer takes null",
    ),
    (lambda d: new(d)["sort"].update(enum=["new"]), f"{WRITE}: the field `sort` no longer takes 'top'"),
    (lambda d: new(d)["title"].update(enum=["a"]), f"{WRITE}: the field `title` takes only ['a'] now"),
    (
        lambda d: new(d)["weight"].update(type="integer"),
        f"{WRITE}: the field `weight` no longer takes number",
    ),
    (lambda d: path(d)["get"]["responses"].pop("409"), f"{READ} 409: the status is gone"),
    (lambda d: path(d)["get"]["responses"].update({"202": {}}), f"{READ} 202: the status is a new success"),
    (lambda d: codes(d)["examples"].pop("topic_gone"), f"{READ} 409: the code `topic_gone` is gone"),
    (lambda d: answer(d).pop("headers"), f"{READ} 200: the header `ETag` is gone"),
    (
        lambda d: answer(d)["headers"]["ETag"].pop("required"),
        f"{READ} 200: the header `ETag` is no longer always there",
    ),
    (
        lambda d: answer(d)["headers"]["ETag"]["schema"].update(type="integer"),
        f"{READ} 200: the header `ETag` may be integer now",
    ),
    (
        lambda d: new(d)["place"].update(additionalProperties=False),
        f"{WRITE}: the field `place` refuses further fields now",
    ),
    (
        lambda d: (topic(d).pop("id"), d["components"]["schemas"]["Topic"]["required"].remove("id")),
        f"{READ} 200: the field `id` is gone",
    ),
    (lambda d: topic(d)["tags"].pop("items"), f"{READ} 200: the field `tags[]` may be any value now"),
    (lambda d: answer(d)["content"].clear(), f"{READ} 200: the body is no longer application/json"),
    (
        lambda d: d["components"]["schemas"]["Author"]["allOf"].pop(),
        f"{READ} 200: the field `author.rank` is gone",
    ),
    (lambda d: author(d).pop("name"), f"{READ} 200: the field `author.name` is gone"),
    (
        lambda d: d["components"]["schemas"]["Topic"].update(required=["id", "author"]),
        f"{READ} 200: the field `edited_at` is no longer always there",
    ),
    (lambda d: topic(d)["state"]["enum"].append("x"), f"{READ} 200: the field `state` may be 'x' now"),
    (
        lambda d: topic(d).update(state={"type": "string"}),
        f"{READ} 200: the field `state` may be more than ['open', 'locked'] now",
    ),
    (lambda d: topic(d)["id"].update(type=["string", "null"]), f"{READ} 200: the field `id` may be null now"),
    (lambda d: topic(d)["id"].pop("format"), f"{READ} 200: the field `id` has format no more, not uuid"),
    (lambda d: topic(d)["count"].update(type="number"), f"{READ} 200: the field `count` may be number now"),
    (lambda d: topic(d)["count"].pop("minimum"), f"{READ} 200: the field `count` has minimum no more, not 0"),
    (
        lambda d: topic(d)["edited_at"]["anyOf"].append({"type": "integer"}),
        f"{READ} 200: the field `edited_at` may be integer now",
    ),
    (
        lambda d: topic(d)["tags"]["items"].update(type="integer"),
        f"{READ} 200: the field `tags[]` may be integer now",
    ),
    (
        lambda d: topic(d)["votes"].update(additionalProperties={"type": "string"}),
        f"{READ} 200: the field `votes.*` may be string now",
    ),
]
HARMLESS: list[Change] = [
    lambda d: d["paths"].update({"/more": {"get": {"responses": {}}}}),
    lambda d: d["paths"].update({"/topics/{topic}": path(renamed(d))}) or d["paths"].pop("/topics/{id}"),
    lambda d: path(d).update(delete={"responses": {}}),
    lambda d: path(d)["post"].update(security=[{}]),
    lambda d: path(d)["post"].update(parameters=[{"name": "k", "in": "header"}]),
    lambda d: path(d)["post"].update(description="Said better"),
    lambda d: limit(d)["schema"].update(maximum=10),
    lambda d: limit(d)["schema"].update(type="number"),
    lambda d: new(d).update(more={"type": "string"}),
    lambda d: d["components"]["schemas"]["New"].update(required=[]),
    lambda d: d["components"]["schemas"]["New"].pop("additionalProperties"),
    lambda d: new(d)["title"].pop("maxLength"),
    lambda d: new(d)["title"].update(minLength=0),
    lambda d: new(d)["tags"]["items"].pop("pattern"),
    lambda d: new(d)["sort"]["enum"].append("old"),
    lambda d: new(d)["title"].update(type=["string", "null"]),
    lambda d: path(d)["get"]["responses"].update({"404": {}}),
    lambda d: codes(d)["examples"].update(topic_moved={}),
    lambda d: answer(d)["headers"].update(Link={"schema": {"type": "string"}}),
    lambda d: topic(d).update(more={"type": "string"}),
    lambda d: d["components"]["schemas"]["Topic"]["required"].append("tags"),
    lambda d: topic(d)["state"].update(enum=["open"]),
    lambda d: topic(d).update(edited_at={"type": "string"}),
    lambda d: topic(d).update(edited_at={"type": ["null", "string"]}),
    lambda d: topic(d)["count"].update(minimum=1),
    lambda d: topic(d)["id"].update(maxLength=36),
]


def renamed(of: Node) -> Node:
    path(of)["parameters"][0]["name"] = "topic"
    return of


@pytest.mark.parametrize(("change", "sentence"), BREAKING, ids=[sentence for _, sentence in BREAKING])
def test_what_breaks_a_client_is_named(change: Change, sentence: str) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    assert breaking(DOCUMENT, changed) == [sentence]


@pytest.mark.parametrize("change", HARMLESS)
def test_what_breaks_nobody_is_not(change: Change) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    assert changed != DOCUMENT
    assert breaking(DOCUMENT, changed) == []


def test_the_present_document_breaks_no_client_of_the_last_release(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main() == 0, capsys.readouterr().out
