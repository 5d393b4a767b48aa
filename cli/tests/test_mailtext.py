"""Texts in other forms than plain lines: flowed, HTML, nested, far too long."""

import time

import pytest

from forum.mail import digest
from forum.mail.digest import Digest, Unread, digests
from forum.mail.flowed import unflowed
from forum.mail.htmltext import text_of
from forum.mail.mailtext import LONGEST
from forum.mail.reading import read


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("one \ntwo\nthree", "one two\nthree"),
        (" >not a quote", ">not a quote"),
        ("> a \n> b\n>> c \nd", "> a b\n>> c \nd"),
        ("bye \n-- \nAnn", "bye \n-- \nAnn"),
        ("ends softly ", "ends softly "),
    ],
)
def test_flowed_lines_are_joined_and_quotes_signatures_and_hard_breaks_are_not(sent: str, text: str) -> None:
    assert unflowed(sent) == text


def test_the_space_of_a_soft_break_may_belong_to_nothing() -> None:
    assert unflowed("笹 \n原", delsp=True) == "笹原"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one\n two</p><p>three<br>four", "one two\n\nthree\nfour"),
        ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n\n> b\n>\n> > c\n\nd"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<pre>  x\n   y</pre>", "  x\n   y"),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ('<a href="javascript:alert(1)">x</a>&lt;b&gt;', "x<b>"),
        ("<style>p{}</style><script>1</script><title>t</title>seen", "seen"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c", "a b\nc"),
        ("seen<![if !x]>too<![odd[x", "seentoo"),
        ("</blockquote></pre></a>still", "still"),
    ],
)
def test_html_reads_as_it_is_seen(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize("piece", ["<!--", "<a ", "<![", "&", "</", '<a href="', "<blockquote>a", "<table>"])
def test_html_of_anything_over_and_over_is_soon_read(piece: str) -> None:
    start = time.process_time()
    text_of(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 5


def test_a_forwarded_mail_is_part_of_the_text() -> None:
    raw = b"From: a@b.example\nContent-Type: message/rfc822\n\nFrom: c@d.example\nSubject: Inner\n\nInside\n"
    assert read(raw).text == "[forwarded mail]\nFrom: c@d.example\nSubject: Inner\n\nInside"


def test_a_text_without_end_is_cut_and_says_so() -> None:
    text = read(b"From: a@b.example\n\n" + b"x" * (LONGEST + 1234)).text
    assert text.endswith("\n\n[1,234 more characters were not imported]")
    assert len(text) < LONGEST + 100


def test_a_mail_that_takes_too_long_is_left_out_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    good, slow = b"From: a@b.example\n\nText", b"From: slow@b.example\n\nText"

    def reading(raw: bytes) -> object:
        while raw is slow:
            time.monotonic()
        return read(raw)

    monkeypatch.setattr(digest, "LONGEST", 0.05)
    monkeypatch.setattr(digest, "read", reading)
    first, refused, last = digests([good, slow, good])
    assert isinstance(first, Digest)
    assert refused == Unread("not read within 0.05 s")
    assert last == first
