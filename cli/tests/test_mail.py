"""What is read from a mail, and what stands in for what it lacks."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from forum.mail.mbox import mails
from forum.mail.reading import NO_SUBJECT, NO_TEXT, Mail, NotAMail, read

SAMPLE = Path(__file__).parent / "samples" / "garden.mbox"


@pytest.fixture(scope="module")
def garden() -> dict[str, Mail]:
    return {mail.message_id.partition("@")[0]: mail for mail in map(read, mails(SAMPLE))}


def head(*lines: str, body: bytes = b"Text\n") -> bytes:
    return "\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def test_a_mail_names_its_author_its_time_in_utc_and_what_it_answers(garden: dict[str, Mail]) -> None:
    mail = garden["reply-2"]
    assert (mail.address, mail.name) == ("ann@garden.example", "Ann Ash")
    assert mail.date == datetime(2015, 3, 3, 11, 30, tzinfo=UTC)
    assert mail.parent_id == "reply-1@garden.example"
    assert mail.references == ("first@garden.example", "reply-1@garden.example")
    assert mail.made_up == ()


def test_addresses_are_one_in_any_spelling(garden: dict[str, Mail]) -> None:
    assert garden["first"].address == garden["reply-2"].address
    assert (garden["reply-1"].address, garden["reply-1"].name) == ("bob@wood.example", "Bob Beech")
    assert (garden["parts"].address, garden["parts"].name) == ("cleo@far.example", "Cleo")


def test_an_address_that_a_list_wrote_in_is_nobodys(garden: dict[str, Mail]) -> None:
    assert (garden["via"].address, garden["via"].name) == ("", "Dora Day")
    assert (garden["via-2"].address, garden["via-2"].name) == ("", "Emil Elm")
    mail = read(head("From: Bo via Post <bo@wood.example>"))
    assert (mail.address, mail.name) == ("bo@wood.example", "Bo via Post")


def test_encoded_words_and_raw_bytes_of_headers_become_text(garden: dict[str, Mail]) -> None:
    assert garden["ghost-1"].name == "Jürgen Eßche"
    assert garden["ghost-1"].subject == "Re: Bäume"
    assert (garden["raw"].name, garden["raw"].subject) == ("Räumer", "Schön roh")
    assert garden["html"].subject == "Folded subject with a <b>tag</b>"
    assert read(head("Subject: =?utf-8?b?w?= \udcff =?utf-8?x?")).subject


def test_a_character_spread_over_two_encoded_words_is_whole() -> None:
    assert read(head("Subject: =?utf-8?q?a=C3?= =?utf-8?q?=A4b?= c")).subject == "aäb c"


def test_texts_are_decoded_whatever_the_mail_says_of_them(garden: dict[str, Mail]) -> None:
    assert garden["ghost-1"].text == "Grüße aus dem Wald."
    assert garden["ghost-2"].text == "Unknown charset: grün"
    assert garden["raw"].text == "Not ASCII: schön, and a NUL: ."


def test_a_time_that_cannot_be_read_is_the_newest_received(garden: dict[str, Mail]) -> None:
    assert garden["reply-3"].date == datetime(2015, 3, 4, 8, 15, tzinfo=UTC)
    assert garden["reply-3"].made_up == ("no readable Date",)


@pytest.mark.parametrize("date", ["1 Jan 1920 00:00:00", "1 Jan 2300 00:00:00", "soon", "", "9" * 999])
def test_times_outside_of_mails_history_are_no_times(date: str) -> None:
    assert read(head(f"Date: {date}", "From: a@b.example")).date is None


def test_what_is_missing_is_made_up_and_said(garden: dict[str, Mail]) -> None:
    (mail,) = (mail for mail in garden.values() if mail.address == "deleted@wood.example")
    assert (mail.subject, mail.text, mail.date) == (NO_SUBJECT, NO_TEXT, None)
    assert mail.made_up == ("no Message-ID", "no readable Date", "no Subject", "no text")


def test_a_mail_without_an_id_has_the_same_made_up_one_each_time() -> None:
    one, same, other = (read(head("From: a@b.example", f"Subject: {text}")) for text in ("a", "a", "b"))
    assert one.message_id == same.message_id != other.message_id


def test_html_is_read_where_there_is_nothing_else(garden: dict[str, Mail]) -> None:
    assert garden["html"].text == "Hello you,\nsee here <http://garden.example/a>.\n\n> before"


def test_of_two_forms_the_plain_one_is_taken_and_attachments_are_named(garden: dict[str, Mail]) -> None:
    assert garden["parts"].text == (
        "> a quote that flows\nThis paragraph flows too.\n\n[attachment: plan.pdf, application/pdf, 3 bytes]"
    )


def test_a_mail_that_answers_itself_answers_nothing() -> None:
    mail = read(head("Message-ID: <a@b>", "In-Reply-To: <a@b>", "From: a@b.example"))
    assert (mail.parent_id, mail.references) == (None, ())


def test_of_an_in_reply_to_in_prose_the_id_counts(garden: dict[str, Mail]) -> None:
    assert garden["reply-3"].parent_id == "first@garden.example"
    assert read(head("In-Reply-To: your mail of Monday", "From: a@b.example")).parent_id is None


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"\x89PNG\r\n\x1a\n\0\0", b"Just a text.\n\nFrom: me\n", b"\xff" * 99]
)
def test_what_is_no_mail_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAMail):
        read(raw)


def test_parts_within_parts_without_end_are_read_to_a_depth() -> None:
    raw = b"From: a@b.example\n"
    for number in range(500):
        raw += b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number)
    try:
        assert read(raw + b"\nText\n").address == "a@b.example"
    except NotAMail as refusal:
        assert "RecursionError" in str(refusal)  # noqa: PT017  either is an answer
