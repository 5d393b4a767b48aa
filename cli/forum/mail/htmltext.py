"""HTML of a mail to plain text, for mails that bring nothing else."""

import re
from html.parser import HTMLParser

import nh3

BLOCKS = {
    *("address", "article", "center", "dd", "div", "dl", "dt", "footer", "form", "header"),
    *("li", "main", "nav", "section", "table", "tr"),
}
PARAGRAPHS = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "ul"}
UNSEEN = {"script", "style", "template", "title"}
LONGEST = 300_000  # characters of HTML that are looked at: as many open tags as fit take 15 s
DEEPEST = 20  # quotes within quotes
SPACE = re.compile(r"[ \t\r\n\f]+")


_cleaner = nh3.Cleaner(
    tags=BLOCKS | PARAGRAPHS | {"a", "br", "td", "th"},
    clean_content_tags=UNSEEN,
    attributes={"a": {"href"}},
    url_schemes={"http", "https"},
    link_rel=None,
)


def text_of(html: str) -> str:
    """What a reader sees of the HTML: paragraphs apart, quotes with `> `, links with their address."""
    reader = _Reader()
    # Python's parser alone takes a minute for 250 kB of `<!--`, and gives up on some of what mails contain.
    reader.feed(_cleaner.clean(html[:LONGEST]))
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Lines of text out of clean HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.line = ""
        self.quotes = 0
        self.depth = 0  # the quotes around the line before
        self.apart = False  # a blank line comes before the next one
        self.preformatted = 0
        self.link = ""
        self.label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.end_line()
        elif tag in PARAGRAPHS:
            self.end_paragraph()
        elif tag in BLOCKS:
            self.start_block()
        if tag == "blockquote":
            self.quotes += 1
        elif tag == "pre":
            self.preformatted += 1
        elif tag == "li":
            self.line += "- "
        elif tag == "a":
            self.link, self.label = dict(attrs).get("href") or "", ""
        elif tag in ("td", "th") and self.line:
            self.line += " "

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.end_link()
        elif tag in PARAGRAPHS:
            self.end_paragraph()
        elif tag in BLOCKS:
            self.start_block()
        if tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)
        elif tag == "pre":
            self.preformatted = max(0, self.preformatted - 1)

    def handle_data(self, data: str) -> None:
        self.label += data if self.link else ""
        if self.preformatted:
            *whole, last = data.split("\n")
            for line in whole:
                self.line += line
                self.end_line()
            self.line += last
            return
        words = SPACE.sub(" ", data)
        self.line += words.lstrip(" ") if not self.line or self.line.endswith(" ") else words

    def end_link(self) -> None:
        label = self.label.strip()
        if self.link and self.link.rstrip("/") != label.rstrip("/"):
            self.line += f" <{self.link}>" if label else f"<{self.link}>"
        self.link = self.label = ""

    def end_line(self) -> None:
        if self.apart and self.lines:
            self.lines.append("> " * min(self.quotes, self.depth, DEEPEST))
        self.apart, self.depth = False, self.quotes
        self.lines.append("> " * min(self.quotes, DEEPEST) + self.line)
        self.line = ""

    def start_block(self) -> None:
        if self.line.strip():
            self.end_line()

    def end_paragraph(self) -> None:
        self.start_block()
        self.apart = True

    def text(self) -> str:
        self.start_block()
        lines = (line.replace("\N{NO-BREAK SPACE}", " ").rstrip() for line in self.lines)
        return "\n".join(lines).strip("\n")
