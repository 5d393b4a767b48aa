"""Five years of a mailing list, where the machine has them: 5,400 mails of old clients and broken threads."""

import csv
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from forum_client import Forum, accepted, eventually
from imports.moving import (
    Content,
    Empty,
    Imported,
    begun,
    command,
    content,
    contents,
    differing,
    exported,
    reachable_once,
)
from running import Running

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "dev"
ARCHIVE = DATA / "linux-mips-1996-2000.mbox.gz"
LONGEST = 120  # mails: a topic and 119 messages

pytestmark = pytest.mark.skipif(not ARCHIVE.exists(), reason="real mails are not on this machine")


@pytest.fixture(scope="module")
async def monolith(empty: Empty) -> AsyncIterator[Imported]:
    """The monolith after one import into it, while it ran."""
    with await empty("monolith") as running, closing(Forum(running.url)) as forum:
        said = command(running, "import", ARCHIVE)
        yield Imported(running, said, content(forum))


@pytest.fixture(scope="module")
async def split(empty: Empty) -> AsyncIterator[Imported]:
    """The split after an import that was killed and another one."""
    with await empty("split") as running, closing(Forum(running.url)) as forum:
        killed_halfway(running, forum)
        said = command(running, "import", ARCHIVE)
        yield Imported(running, said, content(forum))


@pytest.fixture(scope="module")
def export(split: Imported, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an export of the split as it is after these two."""
    folder = tmp_path_factory.mktemp("export")
    exported(split.running, folder)
    return folder


def killed_halfway(running: Running, forum: Forum) -> None:
    """An import that ends by SIGKILL once its first texts can be read."""
    process = begun(running, "import", ARCHIVE)

    def some() -> None:
        assert accepted(forum.get("/api/messages", limit=1))["items"]

    try:
        eventually(some, within=60)
        assert process.poll() is None, "it was done before it could be killed"
    finally:
        process.kill()
        process.wait()
    assert 0 < len(list(forum.all("/api/topics", limit=100))) < 1767


@pytest.fixture(params=["monolith", "split"])
def shown(request: pytest.FixtureRequest) -> Content:
    content: Content = request.getfixturevalue(request.param).content
    return content


def counted(said: str) -> dict[str, tuple[int, int]]:
    """New and already here of each kind."""
    words = [line.replace(",", "").split() for line in said.splitlines()]
    return {w[0]: (int(w[1]), int(w[3])) for w in words if w[2:3] == ["new"]}


def test_the_command_says_what_came_in_and_what_did_not(monolith: Imported) -> None:
    said = monolith.said
    assert counted(said) == {"users": (586, 0), "topics": (1767, 0), "messages": (3627, 0)}
    assert "6 further copies of a Message-ID" in said


def test_an_import_that_was_killed_is_finished_by_the_next(split: Imported) -> None:
    found = counted(split.said)
    assert {kind: sum(numbers) for kind, numbers in found.items()} == {
        "users": 586,
        "topics": 1767,
        "messages": 3627,
    }
    assert found["topics"][0] > 0
    assert found["topics"][1] > 0
    assert "6 further copies of a Message-ID" in split.said


def test_everything_is_reached_exactly_once_by_paging(shown: Content) -> None:
    assert (len(shown.users), len(shown.topics), len(shown.messages)) == (586, 1767, 3627)
    reachable_once(shown)


def test_both_topologies_hold_the_same_whether_killed_or_not(
    monolith: Imported, split: Imported, export: Path, tmp_path: Path
) -> None:
    assert differing(monolith.content, split.content) == []
    assert exported(monolith.running, tmp_path / "monolith") == contents(export)


def test_the_longest_thread_is_complete_and_in_order(shown: Content) -> None:
    mails = longest_thread()
    topic = shown.longest()
    thread = shown.threads[topic["id"]]
    assert topic["message_count"] == len(thread) == LONGEST - 1
    times = [moment(text["created_at"]) for text in (topic, *thread)]
    assert sorted(times) == sorted(time_of(mail) for mail in mails.values())
    known = {text["id"]: text for text in thread}
    ours = Counter(
        (moment(text["created_at"]), moment(known[text["reply_to"]]["created_at"]))
        for text in thread
        if text["reply_to"]
    )
    assert ours == Counter(replies(mails, moment(topic["created_at"])))


def longest_thread() -> dict[str, dict[str, str]]:
    """Its mails by their ids, as another reader of mail found them."""
    with gzip.open(DATA / "linux-mips-1996-2000.expected.tsv.gz", "rt", errors="surrogateescape") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    ((thread, size),) = Counter(row["thread"] for row in rows).most_common(1)
    assert size == LONGEST
    return {row["message_id"]: row for row in rows if row["thread"] == thread}


def replies(mails: dict[str, dict[str, str]], first: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times of each mail and the one that it answers, where that is not the first: the topic."""
    for mail in mails.values():
        parent = mails.get(mail["parent_id"])
        if parent is not None and time_of(parent) != first:
            yield time_of(mail), time_of(parent)


def time_of(mail: dict[str, str]) -> datetime:
    return moment(mail["date_iso"])


def moment(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def test_importing_again_changes_nothing(split: Imported, export: Path, tmp_path: Path) -> None:
    running = split.running
    found = counted(command(running, "import", ARCHIVE))
    assert {kind: new for kind, (new, _) in found.items()} == {"users": 0, "topics": 0, "messages": 0}
    assert exported(running, tmp_path / "again") == contents(export)


async def test_an_export_of_the_one_comes_into_the_other_whole(
    export: Path, empty: Empty, tmp_path: Path
) -> None:
    assert contents(export)["messages.jsonl"].count(b"\n") == 3627
    other = await empty("monolith")
    command(other, "import", export)
    assert exported(other, tmp_path / "second") == contents(export)
