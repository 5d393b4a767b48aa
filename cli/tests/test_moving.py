"""A forum moves as JSON Lines: what is exported and imported elsewhere is exported the same again."""

import json
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
from empty_forum import OpenForum

from chassis.database import sql
from forum.errors import Refused
from forum.moving.export import appearing
from forum.moving.jsonlines import FILES
from forum.transfer import sorted_out

SAMPLE = Path(__file__).parent / "samples" / "garden.mbox"
ANN = {
    "id": "01890000-0000-7000-8000-000000000001",
    "username": "Ann",
    "display_name": "Ann Ash",
    "created_at": "2020-01-01T12:00:00Z",
}
TOPIC = {
    "id": "01890000-0000-7000-8000-000000000002",
    "author_id": ANN["id"],
    "title": "Trees",
    "body": "Which\0?",
    "tags": ["wood"],
    "created_at": "2020-01-02T12:00:00+02:00",
}
MESSAGE = {
    "id": "01890000-0000-7000-8000-000000000003",
    "topic_id": TOPIC["id"],
    "author_id": ANN["id"],
    "body": "*Old* ones.",
    "created_at": "2020-01-03T12:00:00.123456Z",
}
LIVED_IN = {
    "users": r"""
        UPDATE users.users SET password_hash = '$argon2id$made-up', bio = E'a\nb \u2028 "', role = 'admin'
        WHERE username = 'ann'
    """,
    "topics": """
        UPDATE topics.topics SET state = 'locked', pinned = true, tags = '{a,b}' WHERE title = 'Parts'
    """,
    "messages": "UPDATE messages.messages SET deleted_at = now(), edited_at = now() WHERE number = 2",
}


def written(folder: Path, **kinds: list[object]) -> Path:
    """A folder of JSON Lines; a string is a line as it stands."""
    folder.mkdir()
    for kind, rows in kinds.items():
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (folder / f"{kind}.jsonl").write_text("\n".join(lines) + "\n")
    return folder


async def test_export_import_export_gives_the_same_bytes(empty_forum: OpenForum, tmp_path: Path) -> None:
    async with empty_forum() as forum, empty_forum() as other:
        await forum.bring_in(SAMPLE)
        for name, change in LIVED_IN.items():
            await getattr(forum.stores, name).run(sql(change))
        first = await forum.take_out(tmp_path / "first")
        tally = await other.bring_in(tmp_path / "first")
        again = await other.bring_in(tmp_path / "first")
        second = await other.take_out(tmp_path / "second")
        shown = sql("SELECT html FROM topics.topics ORDER BY id")
        assert await other.stores.topics.all(shown) == await forum.stores.topics.all(shown)
    assert second == first
    assert set(first) == set(FILES)
    assert tally.new == {"users": 10, "topics": 9, "messages": 5}
    assert not +again.new
    assert not tally.left_out
    assert "$argon2id$made-up" in first["users.jsonl"]
    assert sum(json.loads(line)["deleted"] for line in first["messages.jsonl"].splitlines()) == 1


async def test_an_export_is_its_owners_and_appears_whole_or_not_at_all(
    empty_forum: OpenForum, tmp_path: Path
) -> None:
    async with empty_forum() as forum:
        await forum.take_out(tmp_path / "out")
        with pytest.raises(Refused, match="not an empty folder"):
            await forum.take_out(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def test_an_export_that_was_stopped_leaves_nothing_by_its_name(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), appearing(tmp_path / "out") as part:
        (part / "users.jsonl").write_text("half")
        raise KeyboardInterrupt
    assert not (tmp_path / "out").exists()
    with appearing(tmp_path / "out") as part:
        assert not list(part.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


async def test_lines_that_others_wrote_come_in_with_what_they_leave_open(
    empty_forum: OpenForum, tmp_path: Path
) -> None:
    folder = written(tmp_path / "in", users=[ANN], topics=[TOPIC], messages=[MESSAGE])
    async with empty_forum() as forum:
        assert (await forum.bring_in(folder)).new == {"users": 1, "topics": 1, "messages": 1}
        content = await forum.content()
    assert content["topics"][0]["body"] == "Which\N{REPLACEMENT CHARACTER}?"
    assert content["topics"][0]["created_at"].isoformat() == "2020-01-02T10:00:00+00:00"
    assert content["messages"][0]["html"] == "<p><em>Old</em> ones.</p>\n"


async def test_what_cannot_be_taken_is_left_out_and_counted_by_reason(
    empty_forum: OpenForum, tmp_path: Path
) -> None:
    stranger = {**TOPIC, "id": ANN["id"], "author_id": TOPIC["id"]}
    folder = written(
        tmp_path / "in",
        users=[
            ANN,
            "{",
            {**ANN, "username": "no one"},
            {**ANN, "username": "Deleted"},
            "[]",
            r'{"id": "\ud800"}',
        ],
        topics=[TOPIC, stranger, {**TOPIC, "tags": ["Not a tag"]}, {**TOPIC, "created_at": "2020-01-01"}],
        messages=[MESSAGE, {**MESSAGE, "topic_id": ANN["id"]}, {**MESSAGE, "author_id": TOPIC["id"]}],
    )
    async with empty_forum() as forum:
        tally = await forum.bring_in(folder)
    assert tally.new == {"users": 1, "topics": 1, "messages": 1}
    assert tally.left_out["UserLine: username: not a possible one"] == 2
    assert tally.left_out["texts of an author who is not here"] == 2
    assert tally.left_out["messages of a topic that is not here"] == 1
    assert sum(tally.left_out.values()) == 10


async def test_who_is_here_by_address_is_the_author_of_texts_from_elsewhere(
    empty_forum: OpenForum, tmp_path: Path
) -> None:
    here = written(tmp_path / "here", users=[{**ANN, "email": "ann@garden.example"}])
    twin = {**ANN, "id": MESSAGE["id"], "username": "other", "email": "ann@garden.example"}
    folder = written(tmp_path / "in", users=[twin], topics=[{**TOPIC, "author_id": twin["id"]}])
    async with empty_forum() as forum:
        await forum.bring_in(here)
        await forum.bring_in(folder)
        content = await forum.content()
    assert [user["id"] for user in content["users"]] == [UUID(ANN["id"])]
    assert content["topics"][0]["author_id"] == UUID(ANN["id"])


def test_files_are_known_by_their_names_and_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "in", users=[ANN])
    (folder / "README").touch()
    (tmp_path / "mail").mkdir()
    assert sorted_out([folder, SAMPLE]) == (
        [SAMPLE],
        {"users": [folder / "users.jsonl"], "topics": [], "messages": []},
    )
    with pytest.raises(Refused, match="name the files"):
        sorted_out([tmp_path / "mail"])
