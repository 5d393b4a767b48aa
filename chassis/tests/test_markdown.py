"""What becomes of texts, and that plain ones become the same the short way."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.markdown import render, render_marked

PIECES = [
    *(
        "a",
        "Word",
        "é",
        "ß",
        "日本",
        "1",
        "12",
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "\n\n\n",
        "\r\n",
        "\x0b",
        "\u2028",
    ),
    *(
        ",",
        ".",
        ";",
        ":",
        "?",
        "!",
        "'",
        '"',
        "(",
        ")",
        "/",
        "-",
        "--",
        "---",
        "=",
        "===",
        "+",
        "#",
        ">",
        "|",
        "~~~",
    ),
    *(
        "*",
        "**",
        "_",
        "`",
        "```",
        "[",
        "]",
        "](",
        "<",
        "&",
        "&amp;",
        "\\",
        "\0",
        "http://x.y",
        "<b>",
        "\u00a0",
        "𝄞",
    ),
]


@settings(max_examples=3000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_plain_texts_are_rendered_as_all_others(text: str) -> None:
    assert render(text) == render_marked(text)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Thanks, that works!", "<p>Thanks, that works!</p>\n"),
        ("One\ntwo\n\nthree", "<p>One\ntwo</p>\n<p>three</p>\n"),
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>\n"),
        ("<script>x()</script>", "<p>&lt;script&gt;x()&lt;/script&gt;</p>\n"),
        ("[a](javascript:x)", "<p>[a](javascript:x)</p>\n"),
        ("[a](http://b)", '<p><a href="http://b" rel="nofollow ugc noopener">a</a></p>\n'),
    ],
)
def test_what_people_write_becomes_html(text: str, html: str) -> None:
    assert render(text) == html


@pytest.mark.parametrize(
    "piece",
    ["[", "![", "*a ", "**", "> ", "`", "<", "&", "- ", "a\n", "[a](", "*_", "1. ", "\\", "~", '"', "a b. "],
)
def test_nothing_takes_long(piece: str) -> None:
    started = time.process_time()
    render(piece * (32_000 // len(piece)))
    assert time.process_time() - started < 5
