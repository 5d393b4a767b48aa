"""Mail becomes users, topics and messages: each once, however often and in whatever pieces it is imported."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from empty_forum import OpenForum

from chassis.database import sql
from forum.mail.mbox import mails

SAMPLE = Path(__file__).parent / "samples" / "garden.mbox"
REAL = Path(__file__).parents[2].parent / "shared" / "data" / "dev" / "linux-mips-1996-2000.mbox.gz"
LONGEST = sql("SELECT max(message_count) AS most FROM messages.activity")
COUNTED = sql("SELECT sum(message_count) AS messages FROM topics.topics")
LEAVE = sql(
    "UPDATE users.users SET state = 'deleted', email = NULL, external_id = NULL, username = 'deleted'"
)
FORUM = str(Path(sys.executable).with_name("forum"))


def mbox(path: Path, raws: list[bytes]) -> Path:
    path.write_bytes(b"".join(b"From - Thu Jan  1 00:00:00 1970\n" + raw.strip() + b"\n\n" for raw in raws))
    return path


def made_up(number: int, answers: int | None = None) -> bytes:
    references = f"References: <{answers}@many.example>\n" if answers is not None else ""
    who = f"P{number % 50} <p{number % 50}@many.example>"
    return (
        f"Message-ID: <{number}@many.example>\n{references}From: {who}\n"
        f"Date: Mon, 01 Jan 2018 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0000\n"
        f"Subject: Number {number}\n\nText of {number}\n"
    ).encode()


async def test_the_sample_comes_in_whole(empty_forum: OpenForum) -> None:
    async with empty_forum() as forum:
        tally = await forum.bring_in(SAMPLE)
        content = await forum.content()
    assert tally.new == {"users": 10, "topics": 9, "messages": 5}
    assert tally.left_out == {"further copies of a Message-ID": 1}
    assert tally.made_up["no readable Date"] == 2
    users = {user["email"] or user["display_name"]: user for user in content["users"]}
    assert all(user["password_hash"] is None and user["role"] == "member" for user in users.values())
    assert users["ann@garden.example"]["username"] == "ann"
    assert users["ann@garden.example"]["display_name"] == "Ann Ash"
    assert users["ann@wood.example"]["username"].startswith("ann-")
    assert users["ann@wood.example"]["display_name"] == users["ann@wood.example"]["username"]
    assert users["deleted@wood.example"]["username"].startswith("deleted-")
    assert users["Dora Day"]["username"] == "Dora-Day"
    assert users["Dora Day"]["external_id"]

    topics = {topic["title"]: topic for topic in content["topics"]}
    trees = topics["Which apple trees?"]
    assert trees["author_id"] == users["ann@garden.example"]["id"]
    assert trees["created_at"] == datetime(2015, 3, 3, 8, tzinfo=UTC)
    assert "(no subject)" in topics
    assert topics["Sent twice"]["created_at"] == datetime(2015, 3, 6, 10, tzinfo=UTC)
    replies = [message for message in content["messages"] if message["topic_id"] == trees["id"]]
    assert [message["number"] for message in replies] == [1, 2, 3]
    assert [message["reply_to"] for message in replies] == [None, replies[0]["id"], None]
    assert replies[1]["html"].startswith(
        "<p>Bob Beech wrote:</p>\n<blockquote>\n<blockquote>\n<p>Which ones?</p>"
    )
    assert {row["topic_id"]: row["message_count"] for row in content["activity"]}[trees["id"]] == 3
    assert content["topics"][0]["id"].version == 7


async def test_topics_come_before_their_messages_so_that_counts_find_them(empty_forum: OpenForum) -> None:
    async with empty_forum() as forum:
        in_one_database = forum.stores.topics is forum.stores.messages
        await forum.bring_in(SAMPLE)
        counted = await forum.stores.topics.one(COUNTED)
    assert counted is not None
    assert counted["messages"] == (5 if in_one_database else 0)  # in the split they come later, by the feed


async def test_importing_again_changes_nothing(empty_forum: OpenForum) -> None:
    async with empty_forum() as forum:
        await forum.bring_in(SAMPLE)
        before = await forum.content()
        tally = await forum.bring_in(SAMPLE)
        assert await forum.content() == before
    assert not +tally.new
    assert tally.known == {"users": 10, "topics": 9, "messages": 5}


async def test_the_order_of_mails_and_files_changes_nothing(empty_forum: OpenForum, tmp_path: Path) -> None:
    raws = list(mails(SAMPLE))
    raws = raws[1::2][::-1] + raws[::2]
    async with empty_forum() as forum, empty_forum() as other:
        await forum.bring_in(SAMPLE)
        await other.bring_in(mbox(tmp_path / "one", raws[:5]), mbox(tmp_path / "two", raws[5:]))
        assert await other.content() == await forum.content()


async def test_a_later_archive_goes_on_where_the_earlier_one_ended(
    empty_forum: OpenForum, tmp_path: Path
) -> None:
    first = mbox(tmp_path / "first", [made_up(10), made_up(11, 10), made_up(20, 5), made_up(21, 20)])
    joining = made_up(22, 10).replace(b"References: ", b"References: <20@many.example> ")
    whole = mbox(tmp_path / "whole", [*mails(first), made_up(5), made_up(12, 11), made_up(15, 20), joining])
    async with empty_forum() as forum:
        await forum.bring_in(first)
        before = await forum.content()
        tally = await forum.bring_in(whole)
        after = await forum.content()
    assert tally.new == {"users": 4, "topics": 0, "messages": 4}
    assert after["topics"] == before["topics"]
    assert len(after["messages"]) == 6


async def test_people_who_are_here_keep_their_names(empty_forum: OpenForum, tmp_path: Path) -> None:
    async with empty_forum() as forum:
        await forum.bring_in(mbox(tmp_path / "a", [made_up(1).replace(b"p1@many", b"P.1@other")]))
        await forum.stores.users.run(sql("UPDATE users.users SET username = 'p7', reserved_name = 'p7'"))
        await forum.bring_in(mbox(tmp_path / "b", [made_up(7), made_up(1).replace(b"p1@many", b"P.1@other")]))
        users = {user["email"]: user["username"] for user in (await forum.content())["users"]}
    assert users["p.1@other.example"] == "p7"
    assert users["p7@many.example"].startswith("p7-")


async def test_texts_of_people_who_left_stay_theirs(empty_forum: OpenForum) -> None:
    async with empty_forum() as forum:
        await forum.bring_in(SAMPLE)
        leave = (
            "UPDATE users.users SET state = 'deleted', email = NULL, external_id = NULL, username = 'deleted'"
        )
        await forum.stores.users.run(sql(leave))
        before = await forum.content()
        assert not +(await forum.bring_in(SAMPLE)).new
        assert await forum.content() == before


async def test_what_is_no_mail_is_counted_by_reason_and_a_broken_file_is_told(
    empty_forum: OpenForum, tmp_path: Path
) -> None:
    picture, broken = tmp_path / "picture.png", tmp_path / "broken.mbox.gz"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    broken.write_bytes(b"\x1f\x8b\x08\x00 not gzip at all")
    async with empty_forum() as forum:
        tally = await forum.bring_in(picture, broken, SAMPLE)
    assert tally.left_out["no header of a mail"] == 1
    assert tally.new["topics"] == 9
    assert [line.partition(":")[0] for line in tally.damaged] == ["broken.mbox.gz breaks off"]
    assert "Not imported:" in list(tally.lines())


async def test_an_import_that_was_killed_is_finished_by_the_next(
    empty_forum: OpenForum, tmp_path: Path
) -> None:
    raws = [made_up(number, number - 1 if number % 5 else None) for number in range(4000)]
    archive = mbox(tmp_path / "many.mbox", raws)
    async with empty_forum() as whole, empty_forum() as forum:
        await whole.bring_in(archive)
        command = [FORUM, "import", str(archive)]
        process = subprocess.Popen(command, env=forum.environment, stdout=subprocess.DEVNULL)  # noqa: ASYNC220
        some = sql("SELECT id FROM messages.messages LIMIT 1")
        while not await forum.stores.messages.one(some):
            assert process.poll() is None, "it was done before it could be killed"
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert await forum.content() != await whole.content()
        tally = await forum.bring_in(archive)
        assert await forum.content() == await whole.content()
    assert tally.new["topics"] > 0
    assert below
    assert not psutil.wait_procs(below, timeout=10)[1]


@pytest.mark.skipif(not REAL.exists(), reason="real mails are not on this machine")
async def test_a_real_archive_comes_in_whole(empty_forum: OpenForum) -> None:
    async with empty_forum() as forum:
        tally = await forum.bring_in(REAL)
        longest = await forum.stores.messages.one(
            sql("SELECT max(message_count) AS most FROM messages.activity")
        )
    assert tally.new == {"users": 586, "topics": 1767, "messages": 3627}
    assert tally.left_out == {"further copies of a Message-ID": 6}
    assert longest is not None
    assert longest["most"] == 119
