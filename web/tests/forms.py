"""Forms as a browser reads and sends them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx


@dataclass
class Form:
    """A form of a page: where it goes and what is filled in."""

    action: str
    draft: str
    fields: dict[str, str] = field(default_factory=dict)

    async def sent(self, visitor: httpx.AsyncClient, **filled: str) -> httpx.Response:
        """Sends it, filled in besides; a browser ends lines with CRLF."""
        data = {name: value.replace("\n", "\r\n") for name, value in (self.fields | filled).items()}
        return await visitor.post(self.action, data=data)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("data-draft", "")))
        elif tag == "input" and "name" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "textarea" and "name" in given:
            self._textarea = given["name"]
            self.forms[-1].fields[self._textarea] = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1].fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea:
            fields = self.forms[-1].fields
            fields[self._textarea] = fields[self._textarea].removeprefix("\n")  # HTML drops the first one
            self._textarea = None


def editor(html: str) -> Form:
    """The form in which one writes."""
    reader = _Reader()
    reader.feed(html)
    (form,) = [form for form in reader.forms if form.draft]
    return form


async def opened(visitor: httpx.AsyncClient, path: str) -> Form:
    """The form of this page."""
    page = await visitor.get(path)
    assert page.status_code == 200, page.text
    return editor(page.text)
