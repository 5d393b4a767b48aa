"""How refusals look, in which order checks are made, and what every answer carries."""

import re

import pytest
from forum_client import Forum, Json, Person, accepted, refused

NOWHERE = "00000000-0000-7000-8000-000000000000"
JSON_TYPE = {"Content-Type": "application/json"}
TOO_LARGE = b" " * (256 * 1024 + 1)
ROUTES = {
    "/api/users": "GET HEAD POST",
    "/api/users/ada": "GET HEAD PATCH",
    "/api/users/me": "DELETE GET HEAD PATCH",
    "/api/users/me/password": "POST",
    "/api/sessions": "GET HEAD POST",
    "/api/sessions/refresh": "DELETE POST",  # it may be an id, which no session has
    "/api/sessions/current": "DELETE",
    f"/api/sessions/{NOWHERE}": "DELETE",
    "/.well-known/jwks.json": "GET HEAD",
    "/api/topics": "GET HEAD POST",
    f"/api/topics/{NOWHERE}": "DELETE GET HEAD PATCH",
    "/api/tags": "GET HEAD",
    f"/api/topics/{NOWHERE}/messages": "GET HEAD POST",
    f"/api/topics/{NOWHERE}/messages/stream": "GET HEAD",
    "/api/messages": "GET HEAD",
    f"/api/messages/{NOWHERE}": "DELETE GET HEAD PATCH",
}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}


@pytest.mark.parametrize("path", ROUTES)
def test_a_method_that_a_path_lacks_is_405_and_allow_names_the_others(ada: Person, path: str) -> None:
    """Whatever else is wrong with the request: the route comes first."""
    allowed = set(ROUTES[path].split())
    for method in sorted(METHODS - allowed):
        answer = ada.request(method, path, content=TOO_LARGE, headers={"Content-Type": "text/plain"})
        if method == "HEAD":
            assert answer.status_code == 405
        else:
            refused(answer, 405)
        assert set(re.split(r",\s*", answer.headers["allow"])) - {"OPTIONS"} == allowed


@pytest.mark.parametrize("path", ROUTES)
def test_a_trailing_slash_is_another_path(ada: Person, path: str) -> None:
    for method in ("GET", "POST"):
        answer = ada.request(method, f"{path}/", json={} if method == "POST" else None)
        assert answer.status_code == 404, answer.headers


def test_size_comes_before_type_and_type_before_reading(ada: Person) -> None:
    text = {"Content-Type": "text/plain"}
    refused(ada.request("POST", "/api/topics", content=TOO_LARGE, headers=text), 413)
    refused(ada.request("POST", "/api/topics", content=b"{", headers=text), 415)


def test_reading_comes_before_knowing_the_caller(forum: Forum) -> None:
    for path in ("/api/topics", f"/api/topics/{NOWHERE}/messages", "/api/users/me/password"):
        refused(forum.request("POST", path, content=b"{", headers=JSON_TYPE), 400)
        refused(forum.request("POST", path, content=b"{", headers=JSON_TYPE, token="x"), 400)  # noqa: S106
        refused(forum.request("POST", path, content=b"{}"), 415)


def test_the_caller_comes_before_the_shape(forum: Forum, topic: Json) -> None:
    for method, path in (
        ("POST", "/api/topics"),
        ("PATCH", f"/api/topics/{topic['id']}"),
        ("POST", f"/api/topics/{topic['id']}/messages"),
        ("PATCH", f"/api/messages/{NOWHERE}"),
        ("PATCH", "/api/users/me"),
        ("DELETE", "/api/users/me"),
    ):
        refused(forum.request(method, path, json={"colour": "blue"}), 401)
        refused(forum.request(method, path, json={"colour": "blue"}, token="x"), 401)  # noqa: S106
    refused(forum.request("GET", "/api/topics?limit=0", token="x"), 401)  # noqa: S106


def test_the_shape_comes_before_the_thing(ada: Person) -> None:
    wrong = {"colour": "blue"}
    for name in (NOWHERE, "nonsense"):
        refused(ada.request("PATCH", f"/api/topics/{name}", json=wrong), 422)
        refused(ada.request("POST", f"/api/topics/{name}/messages", json=wrong), 422)
        refused(ada.request("GET", f"/api/topics/{name}/messages?limit=0"), 422)
        refused(ada.request("PATCH", f"/api/messages/{name}", json=wrong), 422)
    refused(ada.request("PATCH", "/api/users/nobody-at-all", json=wrong), 422)


def test_the_shape_comes_before_the_right_to_do_it(bob: Person, topic: Json) -> None:
    refused(bob.request("PATCH", f"/api/topics/{topic['id']}", json={"colour": "blue"}), 422)


def test_the_thing_comes_before_the_right_to_do_it(suspended: Person) -> None:
    refused(suspended.request("PATCH", f"/api/topics/{NOWHERE}", json={"title": "x"}), 404)
    refused(suspended.request("DELETE", f"/api/topics/{NOWHERE}"), 404)
    refused(suspended.request("DELETE", f"/api/messages/{NOWHERE}"), 404)
    refused(suspended.request("POST", f"/api/topics/{NOWHERE}/messages", json={"body": "x"}), 404)


def test_the_right_to_do_it_comes_before_the_state_of_the_thing(
    suspended: Person, bob: Person, moderator: Person, topic: Json
) -> None:
    moderator.edits(topic, locked=True)
    path = f"/api/topics/{topic['id']}"
    refused(suspended.request("POST", f"{path}/messages", json={"body": "x"}), 403, "suspended")
    refused(bob.request("PATCH", path, json={"title": "x"}, headers={"If-Match": '"0-x"'}), 403)


def test_a_reply_to_nothing_is_refused_before_the_lock(ada: Person, moderator: Person, topic: Json) -> None:
    moderator.edits(topic, locked=True)
    path = f"/api/topics/{topic['id']}/messages"
    refused(ada.request("POST", path, json={"body": "x", "reply_to": NOWHERE}), 422, field="reply_to")


def readable(ada: Person, topic: Json, message: Json) -> list[str]:
    """A path of every GET but the stream."""
    return [
        "/api/users", f"/api/users/{ada.username}", "/api/users/me", "/api/sessions",
        "/.well-known/jwks.json",
        "/api/topics", f"/api/topics/{topic['id']}", "/api/tags", f"/api/topics/{topic['id']}/messages",
        "/api/messages", f"/api/messages/{message['id']}",
    ]  # fmt: skip


def test_head_answers_wherever_get_does(ada: Person, topic: Json, message: Json) -> None:
    missing = [
        f"/api/topics/{NOWHERE}",
        f"/api/messages/{NOWHERE}",
        "/api/users/nobody-at-all",
        "/api/topics?limit=0",
    ]
    for path in readable(ada, topic, message) + missing:
        got, head = ada.request("GET", path), ada.request("HEAD", path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers["content-type"] == got.headers["content-type"], path
        assert head.headers["x-request-id"], path


def test_every_answer_has_the_callers_request_id_when_it_is_sane(
    ada: Person, topic: Json, message: Json
) -> None:
    for path in [*readable(ada, topic, message), f"/api/topics/{NOWHERE}", f"/api/messages/{NOWHERE}"]:
        answer = ada.request("GET", path, headers={"X-Request-ID": "a-sane.request_id-42"})
        assert answer.headers["x-request-id"] == "a-sane.request_id-42", path
    mine = {"X-Request-ID": "mine-1"}
    for answer in (
        ada.request("POST", "/api/topics", json={}, headers=mine),
        ada.request("PUT", "/api/topics", headers=mine),
        ada.request("GET", "/api/tags/none", headers=mine),
        ada.request("DELETE", f"/api/messages/{message['id']}", headers=mine),
    ):
        assert answer.headers["x-request-id"] == "mine-1", answer


@pytest.mark.parametrize("name", ["x" * 1000, "a b", "<script>", "é", "", '"', "{}"])
def test_a_request_id_that_is_not_sane_is_replaced(forum: Forum, name: str) -> None:
    for path in ("/api/users", "/api/topics", "/api/messages"):
        answer = forum.request("GET", path, headers={"X-Request-ID": name})
        assert answer.headers["x-request-id"] != name
        assert re.fullmatch(r"[\w.:-]{8,128}", answer.headers["x-request-id"])


def test_every_request_gets_an_id_of_its_own(forum: Forum) -> None:
    assert len({forum.get("/api/topics").headers["x-request-id"] for _ in range(3)}) == 3


def test_no_other_origin_may_read_unless_it_is_allowed(forum: Forum) -> None:
    for path in ("/api/users", "/api/topics", "/api/messages"):
        answer = forum.request("GET", path, headers={"Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in answer.headers


def test_a_problem_says_the_same_wherever_it_comes_from(forum: Forum) -> None:
    """Services are written apart: the same mistake has one code and one title."""
    paths = ("/api/users", "/api/topics", "/api/messages")
    misshapen = [refused(forum.get(path, limit=0), 422) for path in paths]
    unknown = [refused(forum.request("GET", path, token="x"), 401) for path in paths]  # noqa: S106
    for problems in (misshapen, unknown):
        assert len({(problem["code"], problem["title"], problem["type"]) for problem in problems}) == 1


def test_times_are_utc_with_six_digits(ada: Person, message: Json, topic: Json) -> None:
    edited = ada.edits(message, body="x")
    times = [edited["created_at"], edited["edited_at"], topic["created_at"], topic["last_activity_at"]]
    for device in accepted(ada.request("GET", "/api/sessions"))["items"]:
        times += [device["created_at"], device["last_used_at"]]
    for time in times:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time)
