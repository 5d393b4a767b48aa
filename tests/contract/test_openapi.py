"""The document of the whole API."""

import json
from pathlib import Path
from typing import Any

import pytest
from forum_client import Forum, accepted

ROOT = Path(__file__).parents[2]

ENDPOINTS = {
    "/api/users": "get post",
    "/api/users/{username}": "get patch",
    "/api/users/me": "get patch delete",
    "/api/users/me/password": "post",
    "/api/sessions": "get post",
    "/api/sessions/refresh": "post",
    "/api/sessions/current": "delete",
    "/api/sessions/{id}": "delete",
    "/.well-known/jwks.json": "get",
    "/api/topics": "get post",
    "/api/topics/{id}": "get patch delete",
    "/api/tags": "get",
    "/api/topics/{id}/messages": "get post",
    "/api/topics/{id}/messages/stream": "get",
    "/api/messages": "get",
    "/api/messages/{id}": "get patch delete",
}
CODES = [
    "username_taken", "user_not_found", "bad_credentials", "suspended", "bad_refresh_token",
    "topic_not_found", "topic_locked", "bad_cursor", "idempotency_key_reused",
]  # fmt: skip


@pytest.fixture(scope="session")
def document(forum: Forum) -> dict[str, Any]:
    return accepted(forum.get("/openapi.json"))


def test_the_document_is_the_committed_one_in_both_deployments(document: dict[str, Any]) -> None:
    assert document == json.loads((ROOT / "contracts/openapi.json").read_text())


def test_the_document_names_every_endpoint_and_no_other(document: dict[str, Any]) -> None:
    described = {
        shape(path): set(methods) & {"get", "post", "patch", "put", "delete"}
        for path, methods in document["paths"].items()
        if path.startswith(("/api", "/.well-known"))
    }
    assert described == {shape(path): set(methods.split()) for path, methods in ENDPOINTS.items()}


def shape(path: str) -> str:
    """A path with its parameters unnamed."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.parametrize("code", CODES)
def test_the_document_names_every_code(forum: Forum, code: str) -> None:
    assert f'"{code}"' in forum.get("/openapi.json").text or f"`{code}`" in forum.get("/openapi.json").text


def test_nothing_private_is_in_the_document(document: dict[str, Any]) -> None:
    assert not [path for path in document["paths"] if path.startswith(("/internal", "/metrics", "/health"))]


def test_the_pages_of_the_document_come_from_the_forum_itself(forum: Forum) -> None:
    answer = forum.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "https://" not in answer.text, "no content delivery network"
