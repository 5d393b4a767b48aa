"""People: everybody by username, a profile with what somebody wrote, and what moderators do there."""

from typing import Annotated, Any

from fastapi import Path, Request, Response

from web.api import ApiError, Json, if_up, together
from web.looking_up import topics_by_id
from web.page import go_to, page_router, render
from web.visit import Visit

router = page_router()

NEWEST = 5

Username = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{3,30}$")]


@router.get("/users")
async def people(request: Request, q: str = "", cursor: str | None = None) -> Response:
    """Everybody by username, or those whose username begins so."""
    beginning = q.strip().removeprefix("@")
    users = await request.state.visit.read("/api/users", q=beginning or None, limit=20, cursor=cursor)
    return render(request, "people.html", users=users, beginning=beginning, later=cursor)


@router.get("/users/{username}")
async def profile(request: Request, username: Username) -> Response:
    """Who somebody is, and the newest of what they wrote."""
    return await _profile(request, username)


@router.get("/users/{username}/topics")
async def topics_by(request: Request, username: Username, cursor: str | None = None) -> Response:
    """All that somebody started, newest first."""
    visit: Visit = request.state.visit
    user, topics = await together(if_up(_user(visit, username)), if_up(_topics(visit, username, 20, cursor)))
    return render(
        request,
        "history.html",
        200 if topics else 503,
        user=user,
        author=user or _author(username, topics),
        tab="topics",
        listed=topics,
        later=cursor,
    )


@router.get("/users/{username}/messages")
async def messages_by(request: Request, username: Username, cursor: str | None = None) -> Response:
    """All that somebody answered, newest first."""
    visit: Visit = request.state.visit
    user, messages = await together(
        if_up(_user(visit, username)), if_up(_messages(visit, username, 20, cursor))
    )
    return render(
        request,
        "history.html",
        200 if messages else 503,
        user=user,
        author=user or _author(username, messages),
        tab="messages",
        listed=messages,
        topics=await _topics_of(visit, messages),
        later=cursor,
    )


@router.post("/users/{username}/state")
async def change_state(request: Request, username: Username) -> Response:
    """Suspends somebody, or lets them back in."""
    return await _change(request, username, "state")


@router.post("/users/{username}/role")
async def change_role(request: Request, username: Username) -> Response:
    """Gives somebody another role."""
    return await _change(request, username, "role")


async def _change(request: Request, username: str, field: str) -> Response:
    visit: Visit = request.state.visit
    value = request.state.form.get(field, "")
    try:
        await visit.ask("PATCH", f"/api/users/{username}", {field: value})
    except ApiError as error:
        return await _profile(request, username, error)
    visit.tell("role" if field == "role" else value)
    return go_to(f"/users/{username}")


async def _profile(request: Request, username: str, refusal: ApiError | None = None) -> Response:
    """The profile; `refusal` is why what a moderator wanted was not done."""
    visit: Visit = request.state.visit
    user, (topics, messages) = await together(
        if_up(_user(visit, username)),
        together(if_up(_topics(visit, username, NEWEST)), if_up(_messages(visit, username, NEWEST))),
    )
    return render(
        request,
        "profile.html",
        refusal.status if refusal else 200,
        user=user,
        author=user or _author(username, topics, messages),
        tab="profile",
        topics=topics,
        messages=messages,
        topics_of=await _topics_of(visit, messages) if topics else {},
        refusal=refusal,
    )


async def _user(visit: Visit, username: str) -> Json:
    """A User, whose state moderators see."""
    path = f"/api/users/{username}"
    return await visit.ask("GET", path) if visit.moderates else await visit.read(path)


async def _topics(visit: Visit, username: str, limit: int, cursor: str | None = None) -> Json:
    return await visit.read("/api/topics", author=username, sort="new", limit=limit, cursor=cursor)


async def _messages(visit: Visit, username: str, limit: int, cursor: str | None = None) -> Json:
    return await visit.read("/api/messages", author=username, limit=limit, cursor=cursor)


async def _topics_of(visit: Visit, messages: Json | None) -> dict[str, Json]:
    ids = [message["topic_id"] for message in messages["items"]] if messages else []
    return await if_up(topics_by_id(visit, ids)) or {}


def _author(username: str, *pages: Json | None) -> dict[str, Any]:
    """Who wrote these pages, while users does not answer; the bare name where there is nothing."""
    written = [thing for page in pages if page for thing in page["items"]]
    return written[0]["author"] if written else {"username": username, "display_name": username}
