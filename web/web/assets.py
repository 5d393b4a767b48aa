"""Styles and scripts, under a path that changes with them, so that browsers may keep them for ever."""

import hashlib
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from chassis.problem import NotFound

STATIC = Path(__file__).parent / "static"
_SWAGGER = Path(str(files("fastapi_swagger"))) / "resources"
ASSETS = {path.name: path for path in STATIC.iterdir()} | {
    name: _SWAGGER / name for name in ("swagger-ui-bundle.js", "swagger-ui.css")
}
VERSION = hashlib.sha256(b"".join(ASSETS[name].read_bytes() for name in sorted(ASSETS))).hexdigest()[:12]

router = APIRouter(include_in_schema=False)


def asset(name: str) -> str:
    """The path of a file of `static/`."""
    if name not in ASSETS:
        raise KeyError(name)
    return f"/assets/{VERSION}/{name}"


@router.get("/assets/{version}/{name}")
async def static_file(version: str, name: str) -> FileResponse:
    """The file as it is now. While a release is rolled out, a page of the other one may ask for it: that
    answer is not kept."""
    if name not in ASSETS:
        raise NotFound(f"There is no asset called {name}")
    lasting = version == VERSION
    kept = "public, max-age=31536000, immutable" if lasting else "no-cache"
    return FileResponse(ASSETS[name], headers={"Cache-Control": kept, "X-Content-Type-Options": "nosniff"})


@router.get("/favicon.ico")
async def favicon() -> FileResponse:
    """What browsers ask for where a page does not say."""
    return FileResponse(STATIC / "favicon.svg", headers={"Cache-Control": "public, max-age=86400"})
