"""How times, texts and pictures are written."""

from datetime import UTC, datetime

import pytest

from web.shown import ago, content, excerpt, page_of, tint

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2026-03-10T12:00:05.000000Z", "just now"),
        ("2026-03-10T11:59:01.000000Z", "just now"),
        ("2026-03-10T11:59:00.000000Z", "1 minute ago"),
        ("2026-03-10T11:00:01.000000Z", "59 minutes ago"),
        ("2026-03-10T10:59:00.000000Z", "1 hour ago"),
        ("2026-03-09T12:00:00.000000Z", "1 day ago"),
        ("2026-03-03T12:00:01.000000Z", "6 days ago"),
        ("2026-03-03T12:00:00.000000Z", "3 Mar"),
        ("2025-12-31T12:00:00.000000Z", "31 Dec 2025"),
    ],
)
def test_a_time_is_told_as_people_do(written: str, words: str) -> None:
    assert ago(written, NOW) == words


def test_headings_of_a_text_stand_below_those_of_the_page() -> None:
    assert content("<h1>A</h1><h6>B</h6>", ()) == "<h3>A</h3><h6>B</h6>"


def test_code_that_is_wider_than_the_page_can_be_scrolled_by_keys() -> None:
    assert content("<pre><code>A</code></pre>", ()) == '<pre tabindex="0"><code>A</code></pre>'


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (
            '<img src="https://a.example/x.png" alt="A cat">',
            '<a class="image" href="https://a.example/x.png" rel="nofollow ugc noopener">'
            "A cat (image at a.example)</a>",
        ),
        (
            '<img src="https://a.example/x.png" alt="">',
            '<a class="image" href="https://a.example/x.png" rel="nofollow ugc noopener">'
            "Image at a.example</a>",
        ),
        ('<img src="/logout" alt="me">', "me"),
        ('<img alt="&lt;b&gt;" src="mailto:x">', "&lt;b&gt;"),
        (
            '<img src="https://ok.example/x.png" alt="&quot;x&quot;">',
            '<img src="https://ok.example/x.png" alt="&quot;x&quot;" loading="lazy">',
        ),
        ('<img src="https://ok.example.evil/x" alt="y">', None),
        ('<img src="https://ok.example@evil/x" alt="y">', None),
    ],
)
def test_an_image_from_elsewhere_is_a_link_unless_allowed(html: str, shown: str | None) -> None:
    made = content(html, ("https://ok.example",))
    assert made == shown if shown is not None else made.startswith('<a class="image"')


def test_an_excerpt_is_text_cut_between_words() -> None:
    assert excerpt("<p>One &lt;two&gt;</p>\n<p>three</p>") == "One <two> three"
    assert excerpt("<p>One two three</p>", 9) == "One two …"


def test_a_name_has_its_colour_in_any_case() -> None:
    assert tint("Ada") == tint("ada")


def test_twenty_numbers_are_a_page() -> None:
    assert [page_of(number) for number in (0, 1, 20, 21, 40, 41)] == [1, 1, 1, 2, 2, 3]
