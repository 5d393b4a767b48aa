"""The front page, and the documentation of the whole API with assets from a package."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from fastapi.templating import Jinja2Templates

from chassis.problem import NotFound

HERE = Path(__file__).parent
OPENAPI = HERE / "openapi.json"
DAY = "public, max-age=86400"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Swagger UI writes style attributes of its own.
DOCS_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

_SWAGGER = Path(str(files("fastapi_swagger"))) / "resources"
_ASSETS = {
    "swagger-ui-bundle.js": _SWAGGER / "swagger-ui-bundle.js",
    "swagger-ui.css": _SWAGGER / "swagger-ui.css",
    "docs.js": HERE / "static" / "docs.js",
    "forum.css": HERE / "static" / "forum.css",
}

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(HERE / "templates")


@router.get("/")
async def front_page(request: Request) -> Response:
    """What is being talked about, newest activity first."""
    topics = await _latest_topics(request.app.state.api)
    headers = {"Content-Security-Policy": POLICY}
    return templates.TemplateResponse(request, "front.html", {"topics": topics}, headers=headers)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Swagger UI over /openapi.json."""
    return templates.TemplateResponse(request, "docs.html", headers={"Content-Security-Policy": DOCS_POLICY})


@router.get("/openapi.json")
async def openapi() -> Response:
    """The OpenAPI document of the whole API, made by `python -m monolith.openapi`."""
    return FileResponse(OPENAPI, media_type="application/json")


@router.get("/assets/{name}")
async def asset(name: str) -> Response:
    """A style sheet or script."""
    if name not in _ASSETS:
        raise NotFound(f"There is no asset called {name}")
    return FileResponse(_ASSETS[name], headers={"Cache-Control": DAY})


async def _latest_topics(api: httpx.AsyncClient) -> list[dict[str, Any]] | None:
    """The newest topics, or None when the API cannot give them now."""
    try:
        answer = await api.get("/api/topics", params={"limit": 20})
        answer.raise_for_status()
        items: list[dict[str, Any]] = orjson.loads(answer.content)["items"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    return items
