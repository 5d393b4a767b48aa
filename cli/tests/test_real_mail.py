"""Real mailing lists and hostile mails, where the machine has them (../shared/data beside the repository)."""

import csv
import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis.markdown import render
from forum.mail.mbox import mails
from forum.mail.quoting import quoted
from forum.mail.reading import Mail, NotAMail, read
from forum.mail.threads import threads

DATA = Path(__file__).parents[2].parent / "shared" / "data"
LISTS = ("linux-mips-1996-2000", "usrp-users-2019")

needs_data = pytest.mark.skipif(not DATA.exists(), reason="real mails are not on this machine")

Archive = tuple[list[dict[str, str]], list[Mail]]  # what a second reader found, what we read


def expected(name: str) -> list[dict[str, str]]:
    with gzip.open(DATA / "dev" / f"{name}.expected.tsv.gz", "rt", errors="surrogateescape") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module", params=LISTS)
def archive(request: pytest.FixtureRequest) -> Archive:
    path = DATA / "dev" / f"{request.param}.mbox.gz"
    return expected(request.param), [read(raw) for raw in mails(path)]


@needs_data
def test_each_mail_reads_as_a_second_reader_read_it(archive: Archive) -> None:
    rows, found = archive
    for index, (row, mail) in enumerate(zip(rows, found, strict=True)):
        if not row["message_id"].startswith("@@"):  # an id without its brackets, which we take
            assert mail.message_id == row["message_id"], index
        assert (mail.parent_id or "") == row["parent_id"], index
        if row["date_iso"] != "BAD":
            theirs = datetime.fromisoformat(row["date_iso"])
            assert mail.date == (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)), index
        if mail.address:
            assert mail.address == row["from_addr_lower"], index
        else:
            assert mail.name, index
            assert row["from_addr_lower"] == "usrp-users@lists.ettus.com", index


@needs_data
def test_threads_and_parents_are_those_that_a_second_reader_found(archive: Archive) -> None:
    rows, found = archive
    distinct = {mail.message_id: mail for mail in found}
    mixed = random.Random(1).sample(list(distinct.values()), len(distinct))  # noqa: S311
    posts = {
        post.mail.message_id: (number, post)
        for number, thread in enumerate(threads(mixed))
        for post in (thread.first, *thread.others)
    }
    same = {(posts[mail.message_id][0], row["thread"]) for row, mail in zip(rows, found, strict=True)}
    assert len(same) == len({ours for ours, _ in same}) == len({theirs for _, theirs in same})
    for row, mail in zip(rows, found, strict=True):
        assert (posts[mail.message_id][1].answers is not None) == (row["parent_in_set"] == "1"), row["index"]


def hostile_files() -> Iterator[Path]:
    return (path for path in sorted((DATA / "nasty" / "mail").rglob("*")) if path.is_file())


@needs_data
def test_every_hostile_mail_is_read_or_refused_and_nothing_hangs() -> None:
    outcome = {"read": 0, "refused": 0}
    for path in hostile_files():
        for raw in mails(path):
            try:
                mail = read(raw)
            except NotAMail:
                outcome["refused"] += 1
            else:
                outcome["read"] += 1
                render(quoted(mail.text))
                "".join([mail.message_id, mail.address, mail.name, mail.subject, mail.text]).encode()
    assert outcome["read"] > 500
    assert outcome["refused"] < 150  # pictures, licences, address lists and bare parts among them
