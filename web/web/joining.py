"""Registering, logging in and logging out."""

from contextlib import suppress
from typing import Annotated

from fastapi import Query, Request, Response

from web.api import ApiError, Json
from web.page import Form, go_to, once, page_router, render_form
from web.visit import Visit

router = page_router()

Next = Annotated[str, Query(alias="next")]


@router.get("/login")
async def login_page(request: Request, onward: Next = "/") -> Response:
    """The form; who is logged in goes on."""
    if request.state.visit.user is not None:
        return go_to(onward)
    return _login_page(request, {"next": onward})


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Keeps the session in the browser and goes on."""
    visit: Visit = request.state.visit
    form: Form = request.state.form
    sent = {"username": form.get("username", "").strip(), "password": form.get("password", "")}
    try:
        await _begin(visit, sent)
    except ApiError as refused:
        return _login_page(request, form, refused)
    return go_to(form.get("next", "/"))


async def _begin(visit: Visit, credentials: Json) -> None:
    """Failures count for the address of the visitor, not for ours."""
    visit.begin(await visit.ask("POST", "/api/sessions", credentials, headers=visit.vouched))


def _login_page(request: Request, form: Form, refused: ApiError | None = None) -> Response:
    shown = {"next": "/", "username": ""} | form
    minutes = -(-(refused.retry_after or 60) // 60) if refused else 0
    return render_form(request, "login.html", shown, refused, minutes=minutes)


@router.get("/register")
async def register_page(request: Request, onward: Next = "/") -> Response:
    """The form; who is logged in goes on."""
    if request.state.visit.user is not None:
        return go_to(onward)
    return _register_page(request, {"next": onward})


@router.post("/register")
async def register(request: Request) -> Response:
    """Makes the account and logs in."""
    visit: Visit = request.state.visit
    form: Form = request.state.form
    sent: Json = {"username": form.get("username", "").strip(), "password": form.get("password", "")}
    named = {"display_name": name} if (name := form.get("display_name", "").strip()) else {}
    key = once(form, *sent.values(), *named.values())
    try:
        await visit.ask("POST", "/api/users", sent | named, headers=key)
    except ApiError as refused:
        return _register_page(request, form, refused)
    visit.tell("welcome")
    try:
        await _begin(visit, sent)
    except ApiError as refused:  # the account is there all the same
        return _login_page(request, form, refused)
    return go_to(form.get("next", "/"))


def _register_page(request: Request, form: Form, refused: ApiError | None = None) -> Response:
    shown = {"next": "/", "username": "", "display_name": ""} | form
    return render_form(request, "register.html", shown, refused)


@router.post("/logout")
async def log_out(request: Request, onward: Next = "/") -> Response:
    """Ends the session; the browser forgets it in any case."""
    visit: Visit = request.state.visit
    if visit.user is not None:
        with suppress(ApiError):
            await visit.ask("DELETE", "/api/sessions/current")
        visit.end()
    visit.tell("left")
    return go_to(onward)
