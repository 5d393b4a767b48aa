"""Mail files are split where mails begin, and nowhere else."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from forum.mail.mbox import LARGEST, Damaged, mails

MAIL = b"From: ann@garden.example\n\nText\n"
SEPARATOR = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"

Written = Callable[[bytes], Path]


@pytest.fixture
def file(tmp_path: Path) -> Written:
    def write(content: bytes) -> Path:
        path = tmp_path / "mails"
        path.write_bytes(content)
        return path

    return write


def test_an_mbox_gives_its_mails_one_by_one(file: Written) -> None:
    two = SEPARATOR + MAIL + b"\n" + SEPARATOR + MAIL + b"\n"
    assert list(mails(file(two))) == [MAIL + b"\n", MAIL + b"\n"]


def test_a_gzipped_file_reads_the_same_whatever_its_name(file: Written) -> None:
    two = SEPARATOR + MAIL + b"\n" + SEPARATOR + MAIL
    assert list(mails(file(gzip.compress(two)))) == list(mails(file(two)))


def test_a_file_without_a_separator_is_one_mail(file: Written) -> None:
    mail = MAIL + b"\n>From here\n\nFrom there\n\nFrom me@x 12:00 2015\nTo: you"
    assert list(mails(file(mail))) == [mail]


def test_a_sentence_that_begins_with_from_does_not_end_a_mail(file: Written) -> None:
    mail = MAIL + b"\nFrom here on it rains.\n\nFrom that:\nnothing follows\n\nFrom "
    assert list(mails(file(SEPARATOR + mail))) == [mail]


@pytest.mark.parametrize("separator", [b"From - \r\n", b"From ann at x.example  Mon Jan  1 00:00:00 2001\n"])
def test_separators_of_other_programs_are_known_without_a_blank_line(file: Written, separator: bytes) -> None:
    assert list(mails(file(separator + MAIL + separator + MAIL))) == [MAIL, MAIL]


def test_quoted_from_lines_lose_one_mark(file: Written) -> None:
    mbox = SEPARATOR + b"From: a@b.example\n\n>From me\n>>From you\n> From him\n"
    assert list(mails(file(mbox))) == [b"From: a@b.example\n\nFrom me\n>From you\n> From him\n"]


def test_an_empty_file_holds_no_mail(file: Written) -> None:
    assert list(mails(file(b""))) == []


def test_what_a_broken_archive_still_gives_is_read_and_then_told(file: Written) -> None:
    packed = gzip.compress(b"".join(SEPARATOR + MAIL + b"%d\n" % number * 5000 for number in range(50)))
    with pytest.raises(Damaged, match="breaks off"):
        list(mails(file(packed[: len(packed) // 2])))
    begun = mails(file(packed[:-4]))
    assert all(next(begun).startswith(MAIL) for _ in range(49))
    with pytest.raises(Damaged):
        next(begun)


def test_a_mail_is_read_up_to_a_limit(file: Written) -> None:
    assert [len(mail) for mail in mails(file(MAIL + b"x" * (LARGEST + 10)))] == [LARGEST]
    separated = SEPARATOR + MAIL + (b"x" * 999 + b"\n") * (LARGEST // 1000 + 9) + b"\n" + SEPARATOR + MAIL
    cut, whole = mails(file(separated))
    assert LARGEST <= len(cut) < LARGEST + 1000
    assert whole == MAIL
