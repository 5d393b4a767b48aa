"""The documentation and its assets: from here alone, and under a policy that lets nothing else in."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from front_end import forum, topic, visited

import web
from web.assets import VERSION, asset

LINKED = re.compile(r'(?:src|href)="([^"]*)"')
OTHER_HOST = re.compile(r"(?:https?:)?//\w")


@pytest.fixture
async def visitor() -> AsyncIterator[httpx.AsyncClient]:
    async with visited(forum(topic())) as visitor:
        yield visitor


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_links_to_this_host_alone_and_each_link_is_there(
    visitor: httpx.AsyncClient, path: str
) -> None:
    page = await visitor.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    linked = set(LINKED.findall(page.text)) - {"http://localhost/"}  # the canonical one
    assert not [link for link in linked if OTHER_HOST.match(link)]
    assets = {link for link in linked if link.startswith(("/assets/", "/openapi"))}
    assert len(assets) >= 3
    for link in assets:
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
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
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
        ("forum.js", "javascript"),
        ("favicon.svg", "image/svg+xml"),
    ],
)
async def test_an_asset_has_its_type_and_is_kept_for_ever(
    visitor: httpx.AsyncClient, name: str, kind: str
) -> None:
    file = await visitor.get(asset(name))
    assert kind in file.headers["content-type"]
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(file.content) > 20


async def test_an_asset_of_another_release_is_not_kept(visitor: httpx.AsyncClient) -> None:
    file = await visitor.get(asset("forum.css").replace(VERSION, "0123456789ab"))
    assert (file.status_code, file.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fpages.py", "%2e%2e/pages.py", "pages.py", "", "docs.js/"]
)
async def test_no_other_file_is_an_asset(visitor: httpx.AsyncClient, name: str) -> None:
    answer = await visitor.get(f"/assets/{VERSION}/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_documentation_reads_the_document_and_asks_nobody_to_judge_it(
    visitor: httpx.AsyncClient,
) -> None:
    """Swagger UI shows the badge of a host of its makers' unless told otherwise."""
    script = (await visitor.get(asset("docs.js"))).text
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
    page = await visitor.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, "There is nothing here" in page.text) == (404, True)
    problem = await visitor.get("/api/nothing", headers={"Accept": "text/html,*/*"})
    assert problem.json()["code"] == "not_found"
    answer = await visitor.post("/docs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
