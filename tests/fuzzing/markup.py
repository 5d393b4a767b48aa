"""Whether HTML can do anything but be read."""

import re
from html.parser import HTMLParser

import nh3

ELEMENTS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li"),
    *("pre", "code", "em", "strong", "a", "img"),
}
ATTRIBUTES = {
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "code": {"class"},
}
SCHEMES = {"http", "https", "mailto"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.made_of: set[tuple[str, ...]] = set()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.made_of.add((tag, *(name for name, _ in attrs)))
        if tag not in ELEMENTS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, ()):
                self.wrong.append(f"<{tag} {name}>")
            if name in ("href", "src") and scheme(value or "") not in SCHEMES | {""}:
                self.wrong.append(f"<{tag} {name}={value!r}>")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(f"<![{data}]>")


def harm(html: str) -> list[str]:
    """What is in rendered text besides what CommonMark makes and links to the web and to mail, as two parsers
    see it: Python's, which reads leniently, and html5ever, which reads as browsers do."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    cleaned = nh3.clean(html, tags=ELEMENTS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)
    return reader.wrong + ([f"a browser reads {cleaned!r}"] if cleaned != html else [])


def made_of(html: str) -> set[tuple[str, ...]]:
    """The elements of a page, each with the names of its attributes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.made_of


def scheme(url: str) -> str:
    """The scheme of a URL as browsers find it, which drop spaces and control characters; "" for none."""
    found = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\0- ]", "", url).lower())
    return found[1] if found else ""
