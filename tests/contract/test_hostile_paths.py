"""Paths and queries that nobody means well with: a 4xx, and never a way around the router."""

import pytest
from forum_client import Forum, Json, accepted

QUERIES = [
    "q=%00", "q=%ff", "q=%ed%a0%80", "tag=%00", "author=%00", "cursor=%00", "cursor=%ff", "limit=%00",
    "&&=&=", "q[]=1", "q=1&q=2", "%", "q=%zz", "author=%ff", "sort=%00",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_breaks_a_list(forum: Forum, topic: Json, query: str) -> None:
    for path in (
        "/api/users",
        "/api/topics",
        "/api/messages",
        f"/api/topics/{topic['id']}/messages",
        "/api/tags",
    ):
        status, _, body = forum.raw_request("GET", f"{path}?{query}")
        assert status in (200, 400, 422), (path, query, status, body)


PRIVATE = ["internal/changes/users", "internal/topics/x", "metrics", "health/live", "health/ready"]
SPELLINGS = [
    "/{}", "//{}", "/./{}", "/api/../{}", "/api/topics/../../{}", "/{}/", "/{}?x", "/%2e/{}",
    "/api/topics/..%2f..%2f{}", "/;{}", "/{};x", "/api/topics/%2e%2e/%2e%2e/{}",
]  # fmt: skip


@pytest.mark.parametrize("private", PRIVATE)
def test_what_is_private_does_not_pass_the_router_however_it_is_spelt(forum: Forum, private: str) -> None:
    encoded = "".join(f"%{ord(letter):02x}" for letter in private)
    for path in [
        *(spelling.format(private) for spelling in SPELLINGS),
        f"/%{ord(private[0]):x}{private[1:]}",
        f"/{encoded}",
        f"/{private.upper()}",
    ]:
        status, _, body = forum.raw_request("GET", path)
        assert 400 <= status < 500, (path, status, body[:200])


HOSTILE = [
    "/api/topics/", "/api/topics//", "//api/topics", "/api//topics", "/api/./topics",
    "/api/x/../topics", "/api/%74opics", "/api/topics%2F", "/api%2Ftopics", "/api/topics/%00",
    "/api/topics/%ff", "/api/topics/%2e", "/api/topics/..", "/api/topicsX", "/api/Topics",
    "/API/topics", "/api/users/", "/api/users/me/", "/api/sessions/", "/api/messages/", "/api/tags/",
    "/api", "/api/", "/api/topics;x", "/api/topics/x/messages/", "/api/topics/x/messages/stream/",
    "/api/nothing", "/.well-known/jwks.json/", "/api/topics/x/y", "/api/users/a/b", "/api/messages/x/y",
    "/.well-known/x",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_another_spelling_of_a_path_is_another_path(forum: Forum, path: str) -> None:
    status, _, body = forum.raw_request("GET", path)
    assert status in (400, 404), (status, body[:200])


@pytest.mark.parametrize("method", ["GET", "POST", "BREW", "TRACE", "CONNECT"])
def test_a_strange_request_is_refused_and_the_next_is_answered(forum: Forum, method: str) -> None:
    status, _, _ = forum.raw_request(method, "/api/topics/%00%ff/" + "x" * 4000)
    assert 400 <= status < 500 or status == 501
    accepted(forum.get("/api/topics"))
