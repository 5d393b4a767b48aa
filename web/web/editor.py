"""The form in which people write, the same wherever they do: what it is for, and its page."""

from dataclasses import dataclass

from fastapi import Request, Response

from chassis.markdown import rendered
from web.api import ApiError, Json
from web.page import Form, render_form

MOST = 32_000  # characters of a text; a preview shows no more


@dataclass(frozen=True)
class Editor:
    """A form to write in. `draft` is what a browser keeps its text under, `back` where it was opened; one
    that is `titled` asks for a title and tags too."""

    heading: str
    label: str
    button: str
    action: str
    draft: str
    back: str
    titled: bool = False


STARTING = Editor("Start a topic", "Text", "Start the topic", "/topics/new", "new-topic", "/", titled=True)


def replying(topic_id: str) -> Editor:
    """For a message of this topic."""
    path = f"/topics/{topic_id}"
    return Editor("Reply", "Your reply", "Reply", f"{path}/reply", f"reply:{topic_id}", path)


def editing_topic(topic_id: str) -> Editor:
    """For its title, text and tags."""
    path = f"/topics/{topic_id}"
    return Editor("Edit the topic", "Text", "Save", f"{path}/edit", f"edit:{topic_id}", path, titled=True)


def editing_message(message_id: str) -> Editor:
    """For its text."""
    path = f"/messages/{message_id}"
    return Editor("Edit your message", "Your message", "Save", f"{path}/edit", f"edit:{message_id}", path)


async def editor_page(
    request: Request,
    editor: Editor,
    form: Form,
    refused: ApiError | None = None,
    *,
    topic: Json | None = None,
    answered: Json | None = None,
    now: Json | None = None,
) -> Response:
    """The form as it was filled in, previewed when that was asked for. It is about `topic` and answers the
    message `answered`; `now` is what somebody else made of the text meanwhile. When what it is about is
    gone: an error page, from which the text can be copied."""
    if refused and refused.status == 404:
        raise refused
    preview = await rendered(form.get("body", "")[:MOST]) if "preview" in form else None
    shown = {"editor": editor, "topic": topic, "answered": answered, "now": now, "preview": preview}
    return render_form(request, "write.html", form, refused, **shown)
