"""What becomes of texts, and how long it takes."""

import time

import pytest

from chassis.markdown import render


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
