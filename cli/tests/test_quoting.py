"""Plain text quoted into Markdown reads as it did."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chassis.markdown import render
from forum.mail.charsets import clean
from forum.mail.quoting import DEEPEST, quoted

MARKUP = [
    "&amp;",
    "<b>",
    "```",
    "~~~",
    "[a]: b",
    "http://",
    "http://a.example/b_c",
    "<1@a.example>",
    "1. ",
    "9)",
]
LINES = ["> ", "\n> ", "\n---\n", "\n===\n", "-- \n", "\n", "  ", "    ", "word", "é", "\u3000"]
PIECES = st.sampled_from([*"\\`*_{}[]()<>#+-.!|&~:;=\"'@/ \t\n\n", *MARKUP, *LINES])


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80))
@example("Title\n=====\n\n* one\n* two\n\n1. first\n   * deep\n")
@example("<script>alert(1)</script> &lt; &#60; [link](javascript:alert(1)) ![x](y)\n[x]: http://a.example")
@example("> a\n>> b\n> c\nd\n\n> e\n>\n> f")
@example("text\n    indented\n\n\n    after two\n```\nnot a fence\n```")
@example(">" * 30 + " deep\nback")
@example("see <http://a.example/x_y_z?a=1&b=2>, http://a.example/%20b and http://xn--a-b_c_.example/*x*.")
@example("a trailing backslash \\\nand a line\\\\\nof more")
@example("--- a/file\n+++ b/file\n@@ -1,2 +1,2 @@\n-old\n+new\n\n+more\n-- \nme")
def test_every_line_is_seen_as_it_was_written(text: str) -> None:
    text = clean(text)
    assert visible_lines(render(quoted(text))) == lines_of(text)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("> was it?\nyes", "<blockquote>\n<p>was it?</p>\n</blockquote>\n<p>yes</p>\n"),
        ("int main()\n{\n    return 0;\n}", "<pre><code>int main()\n{\n    return 0;\n}\n</code></pre>\n"),
        ("a = 1\n\n\tb\n\n\n\tc", "<p>a = 1</p>\n<pre><code>\tb\n\n\n\tc\n</code></pre>\n"),
        ("```\n  *a*\n```", "<pre><code>```\n  *a*\n```\n</code></pre>\n"),
        ("> \tx\n> \ty", "<blockquote>\n<pre><code>\tx\n\ty\n</code></pre>\n</blockquote>\n"),
    ],
)
def test_line_breaks_quotes_and_columns_keep_their_look(text: str, html: str) -> None:
    assert render(quoted(text)) == html


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see http://lists.example.org/a_b/*c*/?x=1&y=2.", "http://lists.example.org/a_b/*c*/?x=1&amp;y=2"),
        ("<https://example.org/a_(b)/>", "https://example.org/a_(b)/"),
    ],
)
def test_a_web_address_becomes_a_link_without_the_full_stop(text: str, link: str) -> None:
    assert f'<a href="{link}"' in render(quoted(text))


def test_an_address_that_renderers_rewrite_stays_text() -> None:
    assert "<a" not in render(quoted("http://example.org/%41/x and http://xn--bcher-kva.example/a_b"))


@pytest.mark.parametrize(
    "piece", [">", "> ", "\\", "`", "*a_", "[", "http://a.b/.", "\t", "a\n\n", "&", "<a "]
)
def test_a_long_text_of_anything_takes_time_in_proportion(piece: str) -> None:
    start = time.process_time()
    render(quoted(piece * (200_000 // len(piece))))
    assert time.process_time() - start < 10


def visible_lines(html: str) -> list[str]:
    """The lines that hold something, `> ` for each quote around them, without spaces at either end."""
    reader = _Visible()
    reader.feed(html)
    reader.close()
    reader.end_line()
    return reader.lines


def lines_of(text: str) -> list[str]:
    """The same for a plain text, whose quotes may stand as `>>`, `> >` or ` >`."""
    lines = []
    for line in text.split("\n"):
        rest, depth = line.rstrip(), 0
        while depth < DEEPEST and rest.removeprefix(" ").startswith(">"):
            rest, depth = rest.removeprefix(" ")[1:].removeprefix(" "), depth + 1
        if rest.strip():
            lines.append("> " * depth + rest.strip())
    return lines


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.line = ""
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "a":
            assert tag in ("p", "br", "blockquote", "pre", "code"), f"text became markup: <{tag}>"
            self.end_line()
        self.depth += tag == "blockquote"

    def handle_endtag(self, tag: str) -> None:
        if tag != "a":
            self.end_line()
        self.depth -= tag == "blockquote"

    def handle_data(self, data: str) -> None:
        *whole, last = data.split("\n")
        for line in whole:
            self.line += line
            self.end_line()
        self.line += last

    def end_line(self) -> None:
        if self.line.strip():
            self.lines.append("> " * self.depth + self.line.strip())
        self.line = ""
