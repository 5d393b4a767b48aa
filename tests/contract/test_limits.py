"""What lies on a bound is taken, what lies one beyond is refused. Lengths are in code points."""

from collections.abc import Iterator
from typing import Any

import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, refused, unique

BODY_BYTES = 256 * 1024
CUP = "🍵"  # one code point, four bytes, two units of UTF-16
ACUTE = "e\u0301"  # two code points that look like one: é


@pytest.mark.parametrize("title", ["x", "x" * 200, CUP * 200, ACUTE * 100, " x"])
def test_a_title_has_up_to_200_characters(ada: Person, title: str) -> None:
    assert ada.starts_topic(title=title)["title"] == title


@pytest.mark.parametrize(
    "title", ["", "x" * 201, CUP * 201, "x" + ACUTE * 100, " ", " \t\r\n\u2003", None, 1, ["x"]]
)
def test_a_title_that_is_blank_or_longer_is_refused(ada: Person, topic: Json, title: object) -> None:
    answer = ada.request("POST", "/api/topics", json={"title": title, "body": "x"})
    refused(answer, 422, field="title")
    refused(ada.request("PATCH", f"/api/topics/{topic['id']}", json={"title": title}), 422, field="title")


@pytest.mark.parametrize("body", ["x", "x" * 32_000, CUP * 32_000, ACUTE * 16_000])
def test_a_body_has_up_to_32000_characters(ada: Person, topic: Json, body: str) -> None:
    assert ada.starts_topic(body=body)["body"] == body
    message = ada.replies(topic, body)
    assert message["body"] == body
    assert ada.edits(message, body=body)["body"] == body


@pytest.mark.parametrize(
    "body", ["", "x" * 32_001, CUP * 32_001, "x" + ACUTE * 16_000, None, 1, {"text": "x"}]
)
def test_a_body_that_is_empty_or_longer_is_refused(
    ada: Person, topic: Json, message: Json, body: object
) -> None:
    path = f"/api/topics/{topic['id']}"
    refused(ada.request("POST", "/api/topics", json={"title": "x", "body": body}), 422, field="body")
    refused(ada.request("PATCH", path, json={"body": body}), 422, field="body")
    refused(ada.request("POST", f"{path}/messages", json={"body": body}), 422, field="body")
    refused(ada.request("PATCH", f"/api/messages/{message['id']}", json={"body": body}), 422, field="body")


@pytest.mark.parametrize("tags", [[], ["a"], ["a-9"], ["x" * 30], ["-"], list("abcde"), ["a"] * 6])
def test_a_topic_has_up_to_five_tags(ada: Person, tags: list[str]) -> None:
    assert sorted(ada.starts_topic(tags=tags)["tags"]) == sorted(set(tags))


@pytest.mark.parametrize(
    "tags",
    [list("abcdef"), ["x" * 31], [""], ["A"], ["é"], ["a b"], ["a_b"], ["a\n"], [1], "a", None, {"a": 1}],
)
def test_tags_that_are_more_or_others_are_refused(ada: Person, topic: Json, tags: object) -> None:
    answers = [
        ada.request("POST", "/api/topics", json={"title": "x", "body": "x", "tags": tags}),
        ada.request("PATCH", f"/api/topics/{topic['id']}", json={"tags": tags}),
    ]
    for answer in answers:
        problem = refused(answer, 422)
        assert problem["errors"][0]["field"].startswith("tags")


def account(**fields: Any) -> Json:
    return {"username": unique("u"), "password": PASSWORD} | fields


@pytest.mark.parametrize("length", [3, 30])
def test_a_username_has_3_to_30_characters(forum: Forum, length: int) -> None:
    username = unique("")[-length:] if length == 3 else unique("Az_-").ljust(30, "9")
    answer = forum.request("POST", "/api/users", json=account(username=username))
    if length == 3 and answer.status_code == 409:
        pytest.skip("one of the few names of three letters was drawn twice")
    assert accepted(answer, 201)["username"] == username


@pytest.mark.parametrize(
    "username", ["ab", "x" * 31, "a b c", "éva", "a.b", "abc\n", "ａｂｃ", "", None, 123, ["abc"]]
)
def test_any_other_username_is_refused(forum: Forum, username: object) -> None:
    refused(forum.request("POST", "/api/users", json=account(username=username)), 422, field="username")


@pytest.mark.parametrize("password", ["x" * 10, CUP * 10, ACUTE * 5, "x" * 128, CUP * 128, ACUTE * 64])
def test_a_password_has_10_to_128_characters(forum: Forum, password: str) -> None:
    forum.register("eve", password=password)


@pytest.mark.parametrize(
    "password", ["x" * 9, CUP * 9, "x" * 129, CUP * 129, "x" + ACUTE * 64, "", None, 1234567890]
)
def test_any_other_password_is_refused(forum: Forum, ada: Person, password: object) -> None:
    refused(forum.request("POST", "/api/users", json=account(password=password)), 422, field="password")
    change = {"current": PASSWORD, "new": password}
    refused(ada.request("POST", "/api/users/me/password", json=change), 422, field="new")


@pytest.mark.parametrize("name", ["x", "x" * 60, CUP * 60, ACUTE * 30])
def test_a_display_name_has_1_to_60_characters(forum: Forum, name: str) -> None:
    answer = forum.request("POST", "/api/users", json=account(display_name=name))
    assert accepted(answer, 201)["display_name"] == name


@pytest.mark.parametrize("name", ["", "x" * 61, CUP * 61, "x" + ACUTE * 30, 1])
def test_any_other_display_name_is_refused(forum: Forum, ada: Person, name: object) -> None:
    answer = forum.request("POST", "/api/users", json=account(display_name=name))
    refused(answer, 422, field="display_name")
    answer = ada.request("PATCH", "/api/users/me", json={"display_name": name})
    refused(answer, 422, field="display_name")


def test_a_bio_has_up_to_1000_characters(forum: Forum) -> None:
    eve = forum.register("eve")
    for bio in ("", "x" * 1000, CUP * 1000, ACUTE * 500):
        assert eve.changes_profile(bio=bio)["bio"] == bio
    for wrong in ("x" * 1001, CUP * 1001, "x" + ACUTE * 500, None, 1):
        refused(eve.request("PATCH", "/api/users/me", json={"bio": wrong}), 422, field="bio")


@pytest.fixture(params=["users", "sessions", "sessions/refresh", "users/me/password", "topics", "messages"])
def post_path(request: pytest.FixtureRequest, topic: Json) -> str:
    where = {"messages": f"/api/topics/{topic['id']}/messages"}
    return where.get(request.param, f"/api/{request.param}")


def padded(size: int) -> bytes:
    """A JSON object of exactly so many bytes, with a field that nobody knows."""
    return b'{"pad":"' + b"x" * (size - 10) + b'"}'


def test_a_request_of_256_kib_is_read_and_one_byte_more_is_not(ada: Person, post_path: str) -> None:
    json_type = {"Content-Type": "application/json"}
    answer = ada.request("POST", post_path, content=padded(BODY_BYTES), headers=json_type)
    refused(answer, 422)
    answer = ada.request("POST", post_path, content=padded(BODY_BYTES + 1), headers=json_type)
    refused(answer, 413)


def test_a_request_that_does_not_say_its_length_is_limited_too(ada: Person, post_path: str) -> None:
    def chunks(size: int) -> Iterator[bytes]:
        body = padded(size)
        yield from (body[at : at + 10_000] for at in range(0, size, 10_000))

    json_type = {"Content-Type": "application/json"}
    refused(ada.request("POST", post_path, content=chunks(BODY_BYTES), headers=json_type), 422)
    refused(ada.request("POST", post_path, content=chunks(BODY_BYTES + 1), headers=json_type), 413)
