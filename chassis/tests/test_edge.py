"""Paths, ids, HEAD, errors of ours, health."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote

import httpx
import pytest


async def status_of(shop: httpx.AsyncClient, raw_path: str) -> int:
    """The status of a GET whose path httpx would have tidied up first."""
    sent: list[MutableMapping[str, Any]] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "query_string": b"",
        "headers": [],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    assert isinstance(shop._transport, httpx.ASGITransport)
    await shop._transport.app(scope, receive, send)
    status: int = sent[0]["status"]
    return status


async def test_a_plain_path_is_served(shop: httpx.AsyncClient) -> None:
    assert await status_of(shop, "/books") == 200


@pytest.mark.parametrize(
    "path",
    [
        "//books",
        "/books//",
        "/./books",
        "/../books",
        "/books/..",
        "/%62ooks",
        "/books%2F",
        "/books%2fx",
        "/%2e%2e/books",
        "/books/%00",
        "/books/%7e",
        "/books/%zz",
    ],
)
async def test_a_path_that_could_mean_two_things_is_404(shop: httpx.AsyncClient, path: str) -> None:
    assert await status_of(shop, path) == 404


async def test_spaces_and_foreign_letters_may_be_encoded(shop: httpx.AsyncClient) -> None:
    assert (await shop.get("/books/%C3%A9%20x")).json()["code"] == "book_not_found"


async def test_a_sane_request_id_comes_back_and_another_is_replaced(shop: httpx.AsyncClient) -> None:
    sane = await shop.get("/books", headers={"X-Request-ID": "abc-123"})
    odd = await shop.get("/books", headers={"X-Request-ID": "<script>"})
    assert sane.headers["x-request-id"] == "abc-123"
    assert len(odd.headers["x-request-id"]) == 32


async def test_head_answers_as_get_without_a_body(shop: httpx.AsyncClient) -> None:
    get, head = await shop.get("/books"), await shop.head("/books")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_a_wrong_method_is_405_and_names_every_right_one(shop: httpx.AsyncClient) -> None:
    answer = await shop.delete("/books")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_a_trailing_slash_is_another_path(shop: httpx.AsyncClient) -> None:
    assert (await shop.get("/books/")).status_code == 404


async def test_a_mistake_of_ours_is_a_problem_without_its_text(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "mistake" not in answer.text


async def test_ready_tells_the_state_of_the_database(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/health/ready")
    assert answer.json() == {"status": "ready", "database": "ok", "feeds": {}}


async def test_metrics_and_internal_endpoints_are_not_on_the_public_port(shop: httpx.AsyncClient) -> None:
    for path in ("/metrics", "/internal/changes/books"):
        assert (await shop.get(path)).status_code == 404
