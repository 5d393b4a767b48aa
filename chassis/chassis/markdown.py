"""CommonMark to HTML that is safe to show, rendered once, when a text is written."""

import asyncio

import nh3
from markdown_it import MarkdownIt

RENDER_VERSION = 1
"""Stored beside the HTML; raise it when a change here asks for rendering again."""

LONG = 4_000
"""Characters; a text of so many takes about 2 ms to render."""

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})
_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li"),
    *("pre", "code", "em", "strong", "a", "img"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "code": {"class"}}
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow ugc noopener",
)


def render(text: str) -> str:
    """Sanitised HTML of a CommonMark text. HTML in it is shown as text; nothing raises."""
    try:
        html = _markdown.render(text.replace("\0", "\ufffd"))
    except RecursionError:  # nested deeper than the parser goes: shown as written
        html = "<pre>" + nh3.clean_text(text) + "</pre>"
    return _cleaner.clean(html)


async def rendered(text: str) -> str:
    """`render` for a server: a long text is rendered in a thread, so that nobody else waits for it."""
    return render(text) if len(text) < LONG else await asyncio.to_thread(render, text)
