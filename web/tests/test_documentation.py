"""The documentation and its assets: from here alone, and under a policy that lets nothing else in."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from front_end import page_of, topic, visited

import web

LINKED = re.compile(r'(?:src|href)="([^"]*)"')
OTHER_HOST = re.compile(r"(?:https?:)?//\w")


@pytest.fixture
async def visitor() -> AsyncIterator[httpx.AsyncClient]:
    async with visited(page_of(topic())) as visitor:
        yield visitor


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_links_to_this_host_alone_and_each_link_is_there(
    visitor: httpx.AsyncClient, path: str
) -> None:
    page = await visitor.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not OTHER_HOST.search(page.text)
    linked = {link for link in LINKED.findall(page.text) if not link.startswith("/api/")}
    assert len(linked) >= 3
    for link in linked:
        assert (await visitor.get(link)).status_code == 200, link


@pytest.mark.parametrize(("path", "inline"), [("/", ""), ("/docs", " 'unsafe-inline'")])
async def test_a_page_may_load_from_this_host_alone(
    visitor: httpx.AsyncClient, path: str, inline: str
) -> None:
    policy = (await visitor.get(path)).headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self'{inline}",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_no_page_has_a_script_or_a_style_of_its_own(visitor: httpx.AsyncClient, path: str) -> None:
    html = (await visitor.get(path)).text
    assert "<style" not in html
    assert " style=" not in html
    assert all(" src=" in tag for tag in re.findall("<script[^>]*>", html))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("swagger-ui-bundle.js", "javascript"),
        ("swagger-ui.css", "text/css"),
        ("docs.js", "javascript"),
        ("forum.css", "text/css"),
    ],
)
async def test_an_asset_has_its_type_and_is_kept_for_a_day(
    visitor: httpx.AsyncClient, name: str, kind: str
) -> None:
    asset = await visitor.get(f"/assets/{name}")
    assert kind in asset.headers["content-type"]
    assert asset.headers["cache-control"] == "public, max-age=86400"
    assert len(asset.content) > 100


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fpages.py", "%2e%2e/pages.py", "pages.py", "", "docs.js/"]
)
async def test_no_other_file_is_an_asset(visitor: httpx.AsyncClient, name: str) -> None:
    answer = await visitor.get(f"/assets/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_documentation_reads_the_document_and_asks_nobody_to_judge_it(
    visitor: httpx.AsyncClient,
) -> None:
    """Swagger UI shows the badge of a host of its makers' unless told otherwise."""
    script = (await visitor.get("/assets/docs.js")).text
    assert 'url: "/openapi.json"' in script
    assert "validatorUrl: null" in script


async def test_the_document_is_served_as_it_is_kept(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == (Path(web.__file__).parent / "openapi.json").read_bytes()
    assert answer.json()["openapi"].startswith("3.")
    assert "/api/topics/{topic_id}/messages/stream" in answer.json()["paths"]


async def test_what_is_not_here_is_a_problem(visitor: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/docs/", "/api/nothing", "/redoc"):
        answer = await visitor.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    answer = await visitor.post("/docs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
