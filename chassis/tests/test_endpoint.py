"""Bodies, idempotency keys, transactions."""

import asyncio
import uuid

import httpx
import pytest

JSON = {"Content-Type": "application/json"}


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


async def titles(shop: httpx.AsyncClient) -> list[str]:
    found, cursor = [], ""
    while True:
        page = (await shop.get("/books", params={"limit": 100, "cursor": cursor})).json()
        found += [book["title"] for book in page["items"]]
        if page["next"] is None:
            return found
        cursor = page["next"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"title": NaN}', 400),
        (b"[" * 100_000, 400),
        (b'\xef\xbb\xbf{"title": "x"}', 400),
        (b"9" * 5000, 400),
        (b"[]", 422),
        (b'{"title": 1}', 422),
        (b'{"title": "a", "price": 1}', 422),
        (b'{"title": "a\\u0000b"}', 422),
        (b'{"title": "\\ud800"}', 422),
        (b'{"\\ud800": 1}', 422),
        (b'{"title": " "}', 422),
        (b'"' + b"x" * 262_143 + b'"', 413),
    ],
)
async def test_a_bad_body_is_refused_with_its_status(
    shop: httpx.AsyncClient, body: bytes, status: int
) -> None:
    answer = await shop.post("/books", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


async def test_a_body_of_exactly_256_kib_is_read(shop: httpx.AsyncClient) -> None:
    body = b'{"title": "' + b"t" * (262_144 - 13) + b'"}'
    assert len(body) == 262_144
    assert (await shop.post("/books", content=body, headers=JSON)).status_code == 201


@pytest.mark.parametrize("media_type", ["text/plain", "application/json5", ""])
async def test_only_json_is_taken(shop: httpx.AsyncClient, media_type: str) -> None:
    answer = await shop.post("/books", content=b"{}", headers={"Content-Type": media_type})
    assert answer.status_code == 415


async def test_the_same_key_and_body_is_done_once(shop: httpx.AsyncClient) -> None:
    book, headers = {"title": uuid.uuid4().hex}, key()
    first = await shop.post("/books", json=book, headers=headers)
    second = await shop.post("/books", json=book, headers=headers)
    assert (first.status_code, first.content) == (201, second.content)
    assert first.headers["location"] == second.headers["location"]
    assert (await titles(shop)).count(book["title"]) == 1


async def test_twins_at_the_same_moment_are_done_once(shop: httpx.AsyncClient) -> None:
    book, headers = {"title": uuid.uuid4().hex}, key()
    answers = await asyncio.gather(*(shop.post("/books", json=book, headers=headers) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (await titles(shop)).count(book["title"]) == 1


async def test_a_key_with_another_body_is_refused(shop: httpx.AsyncClient) -> None:
    headers = key()
    await shop.post("/books", json={"title": uuid.uuid4().hex}, headers=headers)
    answer = await shop.post("/books", json={"title": uuid.uuid4().hex}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_an_error_is_not_kept_for_a_key(shop: httpx.AsyncClient) -> None:
    headers = key()
    assert (await shop.post("/books", json={"title": "trouble"}, headers=headers)).status_code == 404
    other = await shop.post("/books", json={"title": uuid.uuid4().hex}, headers=headers)
    assert other.status_code == 201
    assert "trouble" not in await titles(shop)


async def test_a_refusal_that_commits_leaves_its_key_free(
    shop: httpx.AsyncClient,
) -> None:
    headers, before = key(), (await titles(shop)).count("sold out")
    for _ in range(2):
        assert (await shop.post("/books", json={"title": "sold out"}, headers=headers)).status_code == 409
    assert (await titles(shop)).count("sold out") == before + 2


@pytest.mark.parametrize("bad", ["", "x" * 256, "tab\there"])
async def test_a_key_is_1_to_255_printable_characters(shop: httpx.AsyncClient, bad: str) -> None:
    answer = await shop.post("/books", json={"title": "x"}, headers={"Idempotency-Key": bad})
    assert answer.status_code == 422


async def test_if_match_compares_the_version(shop: httpx.AsyncClient) -> None:
    made = await shop.post("/books", json={"title": uuid.uuid4().hex})
    path, tag = made.headers["location"], made.headers["etag"]
    first = await shop.patch(path, json={"title": "b"}, headers={"If-Match": f'"7-x", {tag}'})
    second = await shop.patch(path, json={"title": "c"}, headers={"If-Match": tag})
    weak = await shop.patch(path, json={"title": "c"}, headers={"If-Match": "W/" + first.headers["etag"]})
    assert [first.status_code, second.status_code, weak.status_code] == [200, 412, 412]


async def test_an_etag_that_is_known_is_304(shop: httpx.AsyncClient) -> None:
    made = await shop.post("/books", json={"title": uuid.uuid4().hex})
    for path in (made.headers["location"], "/books?limit=1"):
        tag = (await shop.get(path)).headers["etag"]
        again = await shop.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


async def test_pages_give_every_row_once_and_link_to_the_next(shop: httpx.AsyncClient) -> None:
    wanted = [f"paged {n:02}" for n in range(7)]
    for title in wanted:
        await shop.post("/books", json={"title": title})
    seen, path = [], "/books?limit=2"
    while path:
        answer = await shop.get(path)
        seen += [book["title"] for book in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url", "")
    assert [title for title in seen if title in wanted] == wanted


@pytest.mark.parametrize("cursor", ["x", "AAAA", "!!!!", "é", "a" * 500])
async def test_a_cursor_that_we_did_not_make_is_refused(shop: httpx.AsyncClient, cursor: str) -> None:
    answer = await shop.get("/books", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_an_id_that_is_none_is_404(shop: httpx.AsyncClient) -> None:
    for bad in ("1", "{00000000-0000-0000-0000-000000000000}", "0" * 32):
        assert (await shop.get(f"/books/{bad}")).json()["code"] == "book_not_found"
