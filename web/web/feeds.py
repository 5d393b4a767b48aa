"""What programs read: Atom feeds (RFC 4287), the sitemap (sitemaps.org) and robots.txt."""

import re
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fastapi import Request, Response

from chassis.answers import digest
from web import shown
from web.api import Json, together
from web.looking_up import topics_by_id
from web.page import page_router
from web.visit import Visit

router = page_router()

ENTRIES = 20
SITEMAP_PAGES = 10
BEGINNING = "1970-01-01T00:00:00Z"  # an empty feed was last changed then: it has to have a time
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


@router.get("/feed.xml")
async def newest(request: Request) -> Response:
    """The newest topics."""
    return await _topics(request, request.app.state.settings.site_name, "/new")


@router.get("/tags/{tag}/feed.xml")
async def tagged(request: Request, tag: str) -> Response:
    """The newest topics with a tag."""
    return await _topics(request, f"Topics about {tag}", f"/tags/{tag}", tag)


async def _topics(request: Request, title: str, path: str, tag: str | None = None) -> Response:
    """Lists have no texts, so that each topic is asked for besides; one deleted meanwhile is left out."""
    visit: Visit = request.state.visit
    listed = await visit.read("/api/topics", tag=tag, sort="new", limit=ENTRIES)
    found = await topics_by_id(visit, (row["id"] for row in listed["items"]))
    entries = [
        _entry(topic, topic["title"], f"/topics/{topic['id']}", topic["tags"]) for topic in found.values()
    ]
    return _feed(request, title, path, entries)


@router.get("/topics/{topic_id}/feed.xml")
async def answers(request: Request, topic_id: str) -> Response:
    """The newest messages of a topic: those whose numbers are its last."""
    visit: Visit = request.state.visit
    path = f"/api/topics/{topic_id}"
    topic, listed = await together(visit.read(path), visit.read(f"{path}/messages", after=0, limit=ENTRIES))
    if listed["last_number"] > ENTRIES:
        listed = await visit.read(f"{path}/messages", after=listed["last_number"] - ENTRIES, limit=ENTRIES)
    entries = [
        _entry(
            message, f"{message['author']['display_name']} in {topic['title']}", f"/messages/{message['id']}"
        )
        for message in reversed(listed["items"])
    ]
    return _feed(request, topic["title"], f"/topics/{topic['id']}", entries, topic["created_at"])


def _entry(thing: Json, title: str, path: str, tags: list[str] | None = None) -> Json:
    """A topic or a message as an entry of a feed."""
    ours = {
        "title": title,
        "path": path,
        "tags": tags or (),
        "updated": thing["edited_at"] or thing["created_at"],
    }
    return {name: thing[name] for name in ("id", "author", "html", "created_at")} | ours


def _feed(request: Request, title: str, path: str, entries: list[Json], began: str = BEGINNING) -> Response:
    """Entries newest first, as a feed of the page at `path`."""
    origin = request.state.visit.origin
    return _xml(
        request,
        "feed.xml",
        "application/atom+xml",
        title=title,
        path=path,
        id=uuid5(NAMESPACE_URL, f"{origin}{request.url.path}"),
        updated=max((entry["updated"] for entry in entries), default=began),
        entries=entries,
    )


@router.get("/sitemap.xml")
async def sitemap(request: Request) -> Response:
    """The front pages and the 1,000 topics with the latest activity, which takes ten calls of the API. The
    format allows 50,000; a crawler that comes again needs what changed since, and lists lead to the rest."""
    visit: Visit = request.state.visit
    topics: list[Json] = []
    cursor: str | None = None
    for _ in range(SITEMAP_PAGES):
        page = await visit.read("/api/topics", sort="latest", limit=100, cursor=cursor)
        topics += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return _xml(request, "sitemap.xml", "application/xml", topics=topics)


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Everything may be read but forms and searches."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in ("/settings", "/login", "/register", "/search")),
        f"Sitemap: {request.state.visit.origin}/sitemap.xml",
    ]
    return Response("\n".join(lines) + "\n", media_type="text/plain")


def _xml(request: Request, template: str, media_type: str, **context: Any) -> Response:
    """A document without the characters that XML has no place for, and an ETag; or 304."""
    settings = request.app.state.settings
    text = shown.render(template, visit=request.state.visit, request=request, settings=settings, **context)
    body = _NO_XML.sub("", text).encode()
    tag = f'"{digest(body)}"'
    kept = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=kept)
    return Response(body, headers=kept, media_type=f"{media_type}; charset=utf-8")
