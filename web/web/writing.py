"""Starting a topic, replying, quoting, and seeing beforehand what it will look like."""

import re

from fastapi import Request, Response

from chassis.markdown import rendered
from web.api import ApiError, Json, if_there
from web.editor import MOST, STARTING, editor_page, replying
from web.page import Form, go_to, needs_login, once, page_router, render
from web.reading import card as show_card
from web.reading import place
from web.visit import Visit

router = page_router()

_MARKUP = re.compile(r"([\\`*_\[\]<>#&])")
_LINE_END = re.compile(r"\r\n?|\n")


@router.get("/topics/new")
async def new_topic(request: Request, tags: str = "") -> Response:
    """The form; a link may fill in tags."""
    return needs_login(request) or await editor_page(request, STARTING, {"tags": tags})


@router.post("/topics/new")
async def start_topic(request: Request) -> Response:
    """Starts it and goes there."""
    visit: Visit = request.state.visit
    form: Form = request.state.form
    if "preview" in form:
        return await editor_page(request, STARTING, form)
    sent = titled(form)
    try:
        topic = await visit.ask("POST", "/api/topics", sent, headers=once(form, *map(str, sent.values())))
    except ApiError as refused:
        return await editor_page(request, STARTING, form, refused)
    visit.tell("started")
    return go_to(f"/topics/{topic['id']}")


@router.get("/topics/{topic_id}/reply")
async def reply_form(request: Request, topic_id: str, to: str = "", quote: str = "") -> Response:
    """The form alone, below the message that it answers; `quote` fills in what that, or the topic, says."""
    if elsewhere := needs_login(request):
        return elsewhere
    visit: Visit = request.state.visit
    topic = await visit.read(f"/api/topics/{topic_id}")
    if topic["locked"]:
        return go_to(f"/topics/{topic_id}")
    answered = await visit.read(f"/api/messages/{to}") if to else None
    form = {"body": quoted(answered or topic) if quote else "", "reply_to": to}
    return await editor_page(request, replying(topic_id), form, topic=topic, answered=answered)


@router.post("/topics/{topic_id}/reply")
async def reply(request: Request, topic_id: str, *, card: bool = False) -> Response:
    """Posts it and goes there; a script that stays where it is asks for its card."""
    visit: Visit = request.state.visit
    form: Form = request.state.form
    if "preview" in form:
        return await _reply_again(request, topic_id, form)
    sent: Json = {"body": form.get("body", ""), "reply_to": form.get("reply_to") or None}
    path = f"/api/topics/{topic_id}/messages"
    try:
        message = await visit.ask("POST", path, sent, headers=once(form, *map(str, sent.values())))
    except ApiError as refused:
        return await _reply_again(request, topic_id, form, refused)
    if card:
        return await show_card(request, message["id"])
    visit.tell("posted")
    return go_to(place(message))


async def _reply_again(
    request: Request, topic_id: str, form: Form, refused: ApiError | None = None
) -> Response:
    """The form as it was sent. It comes also when topics or messages are down. One that answers what is gone
    answers nothing from now on."""
    visit: Visit = request.state.visit
    if refused and "reply_to" in refused.errors:
        form = form | {"reply_to": ""}
    topic = await if_there(visit.read(f"/api/topics/{topic_id}"))
    to = form.get("reply_to")
    answered = await if_there(visit.read(f"/api/messages/{to}")) if to else None
    return await editor_page(request, replying(topic_id), form, refused, topic=topic, answered=answered)


@router.post("/preview")
async def preview(request: Request) -> Response:
    """What a text will look like, as a fragment."""
    return render(request, "preview.html", html=await rendered(request.state.form.get("body", "")[:MOST]))


def titled(form: Form) -> Json:
    """A topic as a form has it. Tags are divided by commas or spaces; capitals and # are forgiven."""
    tags = dict.fromkeys(re.findall(r"[^\s,#]+", form.get("tags", "").lower()))
    return {"title": form.get("title", ""), "body": form.get("body", ""), "tags": list(tags)}


def quoted(thing: Json) -> str:
    """What a topic or message says, as Markdown quotes it, below the name of who says it."""
    name = _MARKUP.sub(r"\\\1", " ".join(thing["author"]["display_name"].split()))
    lines = [f"> {line}" if line else ">" for line in _LINE_END.split(thing["body"].strip("\r\n"))]
    return "\n".join([f"{name} wrote:", *lines, "", ""])
