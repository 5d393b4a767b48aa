"""One's own account: profile, password, devices, and leaving."""

from fastapi import Request, Response

from web.api import ApiError, Json, Refused
from web.page import Form, go_to, needs_login, once, page_router, render, render_form
from web.visit import Visit

router = page_router()


@router.get("/settings")
async def profile(request: Request) -> Response:
    """How others see me."""
    if elsewhere := needs_login(request):
        return elsewhere
    me = await request.state.visit.ask("GET", "/api/users/me")
    return render_form(
        request, "settings_profile.html", {"display_name": me["display_name"], "bio": me["bio"]}
    )


@router.post("/settings")
async def change_profile(request: Request) -> Response:
    """Saves name and text."""
    visit: Visit = request.state.visit
    form: Form = request.state.form
    sent: Json = {"display_name": form.get("display_name", "").strip(), "bio": form.get("bio", "")}
    try:
        me = await visit.ask("PATCH", "/api/users/me", sent)
    except ApiError as refused:
        return render_form(request, "settings_profile.html", sent, refused)
    visit.rename(me["display_name"])
    visit.tell("saved")
    return go_to("/settings")


@router.get("/settings/password")
async def password(request: Request) -> Response:
    """The form for a new one."""
    return needs_login(request) or render_form(request, "settings_password.html", {})


@router.post("/settings/password")
async def change_password(request: Request) -> Response:
    """Other devices are logged out."""
    visit: Visit = request.state.visit
    form: Form = request.state.form
    sent = {name: form.get(name, "") for name in ("current", "new")}
    try:
        await visit.ask("POST", "/api/users/me/password", sent, headers=once(form, *sent.values()))
    except ApiError as refused:
        return render_form(request, "settings_password.html", form, refused)
    visit.tell("password")
    return go_to("/settings/password")


@router.get("/settings/devices")
async def devices(request: Request) -> Response:
    """Where I am logged in."""
    if elsewhere := needs_login(request):
        return elsewhere
    listed = await request.state.visit.ask("GET", "/api/sessions")
    return render(request, "settings_devices.html", devices=listed["items"])


@router.post("/settings/devices/{session}")
async def log_out_device(request: Request, session: str) -> Response:
    """Logs it out, if it is not already."""
    visit: Visit = request.state.visit
    try:
        await visit.ask("DELETE", f"/api/sessions/{session}")
    except Refused as refused:
        if refused.status != 404:
            raise
    visit.tell("device")
    return go_to("/settings/devices")


@router.get("/settings/delete")
async def leaving(request: Request) -> Response:
    """What it means, and the form."""
    return needs_login(request) or render_form(request, "settings_delete.html", {})


@router.post("/settings/delete")
async def leave(request: Request) -> Response:
    """Deletes the account, which takes the password."""
    visit: Visit = request.state.visit
    form: Form = request.state.form
    try:
        await visit.ask("DELETE", "/api/users/me", {"password": form.get("password", "")})
    except ApiError as refused:
        return render_form(request, "settings_delete.html", form, refused)
    visit.end()
    visit.tell("gone")
    return go_to("/")
