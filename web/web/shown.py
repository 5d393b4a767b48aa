"""How things are written on a page: times, names, numbers, and what people wrote."""

import re
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from zlib import crc32

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from web.assets import asset
from web.devices import device_name

TINTS = 8
PAGE = 20
"""Messages on a page of a topic: page N has the numbers above 20(N-1) and up to 20N, for ever."""

_IMAGE = re.compile(r"<img ([^>]*)>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_HEADING = re.compile(r"<(/?)h([1-6])>")
_TAG = re.compile(r"<[^>]*>")
_INLINE = re.compile(r"</?(?:a|code|del|em|strong)\b[^>]*>")
_UNITS = [(60, "minute"), (3600, "hour"), (86400, "day")]


def moment(written: str) -> datetime:
    """A time as the API writes it."""
    return datetime.fromisoformat(written)


def ago(written: str, now: datetime | None = None) -> str:
    """How long ago for a week, then the date."""
    at, now = moment(written), now or datetime.now(UTC)
    seconds = (now - at).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds >= 7 * 86400:
        return f"{at.day} {at:%b}" if at.year == now.year else f"{at.day} {at:%b %Y}"
    size, unit = max(step for step in _UNITS if step[0] <= seconds)
    return counted(int(seconds // size), unit) + " ago"


def exact(written: str) -> str:
    """12 March 2026, 09:30 UTC."""
    at = moment(written)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def counted(number: int, noun: str, plural: str = "") -> str:
    """1 message, 2 messages, 12,345 messages."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def content(html: str, image_hosts: tuple[str, ...]) -> Markup:
    """The API's sanitised HTML for a page: its headings stand below the page's own, code that is too wide can
    be scrolled by keys, and images from elsewhere are links."""
    lowered = _HEADING.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + 2, 6)}>", html)
    scrolled = lowered.replace("<pre>", '<pre tabindex="0">')
    return Markup(_IMAGE.sub(lambda tag: _image(tag, image_hosts), scrolled))  # noqa: S704 (the API cleans it)


def _image(tag: re.Match[str], image_hosts: tuple[str, ...]) -> str:
    named = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag[1])}
    source, words = named.get("src", ""), named.get("alt", "").strip()
    parts = urlsplit(source)
    if f"{parts.scheme}://{parts.netloc}" in image_hosts:
        return f'<img src="{escape(source)}" alt="{escape(words)}" loading="lazy">'
    if not parts.netloc or parts.scheme not in ("http", "https"):
        return escape(words)
    text = f"{words} (image at {parts.netloc})" if words else f"Image at {parts.netloc}"
    return f'<a class="image" href="{escape(source)}" rel="nofollow ugc noopener">{escape(text)}</a>'


def excerpt(html: str, length: int = 200) -> str:
    """The beginning of a text without its markup, cut between words."""
    text = " ".join(unescape(_TAG.sub(" ", _INLINE.sub("", html))).split())
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


def tint(username: str) -> int:
    """Which of the avatars' colours a name has."""
    return crc32(username.lower().encode()) % TINTS


def page_of(number: int) -> int:
    """The page of a topic that message `number` is on."""
    return max(1, -(-number // PAGE))


def here(request: Request, **changed: str | None) -> str:
    """The address of this page, with some parameters of its query changed; None takes one away."""
    query = {name: value for name, value in {**request.query_params, **changed}.items() if value is not None}
    return quote(request.scope["path"]) + (f"?{urlencode(query)}" if query else "")


class _Environment(Environment):
    """Looks in a dict for a key first: Jinja's own order raises an error and catches it each time, a third of
    the cost of a page."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` of a template."""
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)


_environment = _Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_environment.filters |= {
    "ago": ago,
    "exact": exact,
    "content": content,
    "excerpt": excerpt,
    "tint": tint,
    "page_of": page_of,
    "device_name": device_name,
}
_environment.globals |= {
    "asset": asset,
    "counted": counted,
    "here": here,
    "new_key": lambda: token_urlsafe(18),
}


def render(template: str, **context: Any) -> str:
    """A template of `templates/`. Everything is escaped but what `content` gives."""
    return _environment.get_template(template).render(context)
