"""The documentation of the whole API, with assets from a package."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from web import shown
from web.page import headers

OPENAPI = Path(__file__).parent / "openapi.json"

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Swagger UI over /openapi.json. It writes style attributes of its own."""
    strict = headers(())
    policy = strict["Content-Security-Policy"].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    html = shown.render("docs.html", settings=request.app.state.settings)
    return HTMLResponse(html, headers=strict | {"Content-Security-Policy": policy})


@router.get("/openapi.json")
async def openapi() -> Response:
    """The OpenAPI document of the whole API, made by `python -m monolith.openapi`."""
    return FileResponse(OPENAPI, media_type="application/json")
