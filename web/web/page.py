"""Routes that answer with pages: forms that are ours, errors as pages, headers that let nothing else in."""

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from chassis.endpoint import read_bounded
from chassis.problem import NotFound, Problem, on_http_exception
from web import shown
from web.api import ApiError, Refused
from web.visit import Visit

FORM_BYTES = 512 * 1024  # 32,000 characters of four bytes, each byte written %XX
FORM_FIELDS = 50

Form = dict[str, str]


class Forged(Problem):
    """A form that did not come from a page of ours."""

    status, code, title = 403, "forged", "This form was not sent from a page of this forum"


class Page(APIRoute):
    """A route that answers with a page. `request.state.visit` is the Visit, `request.state.form` what a form
    sent."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler that FastAPI calls."""
        handle = super().get_route_handler()

        async def show(request: Request) -> Response:
            request.state.visit = visit = Visit(request)
            try:
                if request.method == "POST":
                    await _read_form(request, visit)
                await visit.renew()
                response = await handle(request)
            except (ApiError, Problem, RequestValidationError) as error:
                response = error_page(request, error)
            visit.save(response)
            return response

        return show


def page_router() -> APIRouter:
    """A router of pages, which are not part of the API's document."""
    return APIRouter(route_class=Page, include_in_schema=False)


async def _read_form(request: Request, visit: Visit) -> None:
    """The fields of a form to `request.state.form`, their line ends as Unix has them. Raises Forged or
    TooLarge."""
    if not _from_here(request):
        raise Forged()
    raw = await read_bounded(request, FORM_BYTES)
    try:
        fields = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=FORM_FIELDS)
    except ValueError as error:
        raise Forged() from error
    request.state.form = form = {name: value.replace("\r\n", "\n") for name, value in fields}
    if not visit.sent_by_our_form(form.pop("csrf", "")):
        raise Forged()


def _from_here(request: Request) -> bool:
    """Whether the browser says that a page of this host sent the form; one that is silent may be old. The
    scheme is not compared: who ends TLS in front of us may not say so."""
    headers = request.headers
    origin = headers.get("origin")
    return headers.get("sec-fetch-site", "none") in ("same-origin", "none") and (
        origin is None or origin.partition("://")[2].lower() == headers.get("host", "").lower()
    )


def once(form: Form, *sent: str) -> dict[str, str]:
    """The header that has a form that is sent twice done once; one that was changed meanwhile is another."""
    text = "\0".join([form.get("key", ""), *sent])
    return {"Idempotency-Key": hashlib.sha256(text.encode()).hexdigest()}


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of `templates/`, with `visit` and `request` in its context."""
    visit: Visit = request.state.visit
    settings = request.app.state.settings
    html = shown.render(template, visit=visit, request=request, settings=settings, **context)
    again = {"Retry-After": "5"} if status == 503 else {}
    return HTMLResponse(html, status, headers(settings.image_hosts) | again)


def render_form(
    request: Request, template: str, form: Form, refused: ApiError | None = None, **context: Any
) -> HTMLResponse:
    """A page with a form as it was filled in, and why it was not done."""
    status = refused.status if refused else 200
    response = render(request, template, status, form=form, refused=refused, **context)
    if refused and refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


def headers(image_hosts: tuple[str, ...]) -> dict[str, str]:
    """Of every page: it loads from here alone, is framed by nobody, and is kept by no proxy."""
    images = " ".join(["'self'", "data:", *image_hosts])
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self'; "
            "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def go_to(path: str) -> RedirectResponse:
    """After a form: GET this path of the forum, or the front page for any other address."""
    return RedirectResponse(local(path), 303)


def local(address: str) -> str:
    """The address when it is a path of this forum, else `/`: a link must not lead elsewhere through us."""
    ours = re.fullmatch(r"/(?![/\\])\S*", address) and address.isprintable()
    return quote(address, safe="/?&=#%-._~:@!$'()*+,;") if ours else "/"


def needs_login(request: Request) -> RedirectResponse | None:
    """To the log-in page and back, for who is not logged in."""
    if request.state.visit.user is not None:
        return None
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(back, safe='/')}", 303)


def error_page(request: Request, error: Exception) -> Response:
    """What went wrong and what to do next; 404 for an id or name that names nothing."""
    if isinstance(error, RequestValidationError):
        error = NotFound()
    if not isinstance(error, ApiError | Problem):
        raise error
    visit: Visit = request.state.visit
    if isinstance(error, Refused) and error.status == 401 and request.method == "GET":
        if visit.user is not None:
            visit.tell("ended")
            visit.end()
        return needs_login(request) or go_to("/")
    return render(request, "error.html", error.status, error=error, part=getattr(error, "part", None))


async def on_unknown_path(request: Request, error: Exception) -> Response:
    """A person who asks for what is not here gets a page, everybody else a problem."""
    people = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if not (people and isinstance(error, HTTPException) and error.status_code == 404):
        return await on_http_exception(request, error)
    request.state.visit = Visit(request)
    response = error_page(request, NotFound())
    request.state.visit.save(response)
    return response


def serve_pages(app: FastAPI) -> None:
    """Lets an application that mounts the pages answer people who are lost."""
    app.add_exception_handler(HTTPException, on_unknown_path)
