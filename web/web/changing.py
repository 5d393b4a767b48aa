"""Editing and deleting topics and messages, and what moderators do with topics."""

import re

from fastapi import Request, Response

from chassis.problem import NotAllowed
from web.api import Answer, ApiError, Json, Refused
from web.editor import Editor, editing_message, editing_topic, editor_page
from web.page import Form, go_to, needs_login, page_router, render
from web.reading import place
from web.visit import Visit
from web.writing import titled

router = page_router()

_TAG = re.compile(r'"[0-9]+-[0-9a-f]+"')


@router.get("/topics/{topic_id}/edit")
async def edit_topic(request: Request, topic_id: str) -> Response:
    """The form with the topic as it is."""
    if elsewhere := needs_login(request):
        return elsewhere
    topic = await _own(request, f"/api/topics/{topic_id}", moderators=True)
    form = {"title": topic["title"], "body": topic["body"], "tags": " ".join(topic["tags"])}
    return await editor_page(request, editing_topic(topic_id), form | {"version": topic.etag})


@router.post("/topics/{topic_id}/edit")
async def save_topic(request: Request, topic_id: str) -> Response:
    """Saves it and goes there."""
    sent = titled(request.state.form)
    return await _save(request, editing_topic(topic_id), f"/api/topics/{topic_id}", sent)


@router.get("/messages/{message_id}/edit")
async def edit_message(request: Request, message_id: str) -> Response:
    """The form with the message as it is."""
    if elsewhere := needs_login(request):
        return elsewhere
    message = await _own(request, f"/api/messages/{message_id}", moderators=False)
    form = {"body": message["body"], "version": message.etag}
    return await editor_page(request, editing_message(message_id), form)


@router.post("/messages/{message_id}/edit")
async def save_message(request: Request, message_id: str) -> Response:
    """Saves it and goes there."""
    sent = {"body": request.state.form.get("body", "")}
    return await _save(request, editing_message(message_id), f"/api/messages/{message_id}", sent)


async def _own(request: Request, path: str, *, moderators: bool) -> Answer:
    """A topic or message for who may change it, or NotAllowed. The API has the last word."""
    visit: Visit = request.state.visit
    thing = await visit.read(path)
    if not (visit.is_author_of(thing) or (moderators and visit.moderates)):
        raise NotAllowed("Somebody else wrote this, so it is theirs to change")
    return thing


async def _save(request: Request, editor: Editor, path: str, change: Json) -> Response:
    visit: Visit = request.state.visit
    form: Form = request.state.form
    if "preview" in form:
        return await editor_page(request, editor, form)
    try:
        thing, conflict = await _change(visit, path, change, form.get("version", ""))
    except ApiError as refused:
        return await editor_page(request, editor, form, refused)
    if conflict:
        return await editor_page(request, editor, form | {"version": thing.etag}, conflict, now=thing)
    visit.tell("saved")
    return go_to(place(thing) if "number" in thing else editor.back)


async def _change(visit: Visit, path: str, change: Json, version: str) -> tuple[Answer, Refused | None]:
    """Changes what was read as `version`: the thing as it is then, and why not when somebody else was first.
    When it says already what it is to say, as after a double click, it is done."""
    if not _TAG.fullmatch(version):
        version = '""'  # not from our form: it matches nothing
    try:
        return await visit.ask("PATCH", path, change, headers={"If-Match": version}), None
    except Refused as refused:
        if refused.status != 412:
            raise
        now = await visit.read(path)
        return now, None if change.items() <= now.items() else refused


@router.get("/topics/{topic_id}/delete")
async def confirm_deleting_topic(request: Request, topic_id: str) -> Response:
    """Asks whether to."""
    if elsewhere := needs_login(request):
        return elsewhere
    topic = await _own(request, f"/api/topics/{topic_id}", moderators=True)
    return render(request, "delete.html", topic=topic, thing=topic, back=f"/topics/{topic_id}", after="/")


@router.post("/topics/{topic_id}/delete")
async def delete_topic(request: Request, topic_id: str) -> Response:
    """Deletes it, and its messages with it."""
    return await _delete(request, f"/api/topics/{topic_id}")


@router.get("/messages/{message_id}/delete")
async def confirm_deleting_message(request: Request, message_id: str) -> Response:
    """Asks whether to."""
    if elsewhere := needs_login(request):
        return elsewhere
    message = await _own(request, f"/api/messages/{message_id}", moderators=True)
    back = place(message)
    after = back.partition("#")[0]
    return render(request, "delete.html", topic=None, thing=message, back=back, after=after)


@router.post("/messages/{message_id}/delete")
async def delete_message(request: Request, message_id: str) -> Response:
    """Deletes it."""
    return await _delete(request, f"/api/messages/{message_id}")


async def _delete(request: Request, path: str) -> Response:
    """Whoever deletes what is already gone has what they want."""
    visit: Visit = request.state.visit
    try:
        await visit.ask("DELETE", path)
    except Refused as refused:
        if refused.status != 404:
            raise
    visit.tell("deleted")
    return go_to(request.state.form.get("after", "/"))


@router.post("/topics/{topic_id}/moderate")
async def moderate(request: Request, topic_id: str) -> Response:
    """Pins, unpins, locks or unlocks a topic: `pinned` and `locked` are 1 or nothing."""
    visit: Visit = request.state.visit
    form: Form = request.state.form
    change: Json = {name: form[name] == "1" for name in ("pinned", "locked") if name in form}
    await visit.ask("PATCH", f"/api/topics/{topic_id}", change)
    for name, on in change.items():
        visit.tell(name if on else f"un{name}")
    return go_to(f"/topics/{topic_id}")
