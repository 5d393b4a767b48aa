"""Every list in pages: each row that was there exactly once, cursors that mean one list, limits."""

import base64
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, eventually, refused, unique


@dataclass
class Listing:
    """A list that holds five rows, in which order they come, and how to add a sixth."""

    path: str
    expected: list[str]
    add: Callable[[], object]
    params: dict[str, str] = field(default_factory=dict)


LISTS = [
    "users", "new topics", "latest topics", "top topics", "topics of an author", "found topics",
    "messages", "messages of an author", "found messages",
]  # fmt: skip


@pytest.fixture(params=LISTS)
def listing(request: pytest.FixtureRequest, forum: Forum, ada: Person) -> Listing:
    word = unique("page")
    if request.param == "users":
        names = [f"{word}-{i}" for i in range(1, 6)]
        ids = [registered(forum, name) for name in names]
        return Listing("/api/users", ids, lambda: registered(forum, f"{word}-0"), {"q": word})
    if request.param == "messages":
        topic = ada.starts_topic()
        ids = [ada.replies(topic)["id"] for _ in range(5)]
        return Listing(f"/api/topics/{topic['id']}/messages", ids, lambda: ada.replies(topic))
    eve = forum.register("eve")
    found = {"q": f"z{secrets.token_hex(6)}"}
    if request.param in ("messages of an author", "found messages"):
        topic, body = ada.starts_topic(), found["q"]
        ids = [eve.replies(topic, f"{body} " * i)["id"] for i in range(1, 6)]
        params = found if request.param == "found messages" else {"author": eve.username}
        return Listing("/api/messages", ids[::-1], lambda: eve.replies(topic, body), params)

    def start(times: int = 1) -> Json:
        return eve.starts_topic(body=f"{found['q']} " * times, tags=[word])

    topics = [start(i) for i in range(1, 6)]
    ways = {"topics of an author": {"author": eve.username}, "found topics": found}
    params = ways.get(request.param, {"tag": word, "sort": request.param.split()[0]})
    if request.param == "top topics":
        count_up(forum, eve, topics)
    return Listing("/api/topics", [topic["id"] for topic in topics[::-1]], start, params)


def count_up(forum: Forum, person: Person, topics: list[Json]) -> None:
    """The first of the topics has no message, the next one has one, the next two …"""
    for count, topic in enumerate(topics):
        for _ in range(count):
            person.replies(topic)

    def counted() -> None:
        assert [forum.topic(topic)["message_count"] for topic in topics] == list(range(len(topics)))

    eventually(counted)


def registered(forum: Forum, username: str) -> str:
    account = {"username": username, "password": PASSWORD}
    identity: str = accepted(forum.request("POST", "/api/users", json=account), 201)["id"]
    return identity


def test_rows_are_read_exactly_once_while_others_are_added(forum: Forum, listing: Listing) -> None:
    read: list[str] = []
    for page in forum.pages(listing.path, **listing.params, limit=2):
        assert len(page["items"]) <= 2
        read += [row["id"] for row in page["items"]]
        if len(read) == 2:
            listing.add()
    assert len(read) == len(set(read))
    assert [name for name in read if name in listing.expected] == listing.expected


@pytest.mark.parametrize(
    ("path", "params"),
    [("users", {}), ("topics", {"sort": "new"}), ("messages", {})],
    ids=["users", "topics", "messages"],
)
def test_a_list_of_everything_holds_every_row_once_while_others_are_added(
    forum: Forum, ada: Person, path: str, params: dict[str, str]
) -> None:
    for _ in range(3):
        ada.replies(ada.starts_topic())
    path = f"/api/{path}"
    there = [row["id"] for row in forum.all(path, **params, limit=100)]
    read: list[str] = []
    for page in forum.pages(path, **params, limit=min(100, len(there) // 3)):
        if not read:
            ada.replies(ada.starts_topic())
            registered(forum, unique("aaa"))
        read += [row["id"] for row in page["items"]]
    assert len(read) == len(set(read))
    assert [name for name in read if name in there] == there


def test_a_page_of_all_has_no_next(forum: Forum, listing: Listing) -> None:
    answer = forum.get(listing.path, **listing.params, limit=5)
    page = accepted(answer)
    assert [row["id"] for row in page["items"]] == listing.expected
    assert page["next"] is None
    assert "link" not in answer.headers


def test_the_link_header_leads_to_the_next_page(forum: Forum, listing: Listing) -> None:
    answer = forum.get(listing.path, **listing.params, limit=2)
    page = accepted(answer)
    assert answer.headers["link"].startswith("</")
    following = answer.links["next"]["url"]
    by_cursor = accepted(forum.get(listing.path, **listing.params, limit=2, cursor=page["next"]))
    assert accepted(forum.get(following)) == by_cursor
    assert [row["id"] for row in by_cursor["items"]] == listing.expected[2:4]


def test_a_cursor_survives_the_row_it_points_at(forum: Forum, ada: Person) -> None:
    topic = ada.starts_topic()
    messages = [ada.replies(topic) for _ in range(5)]
    pages = forum.pages(f"/api/topics/{topic['id']}/messages", limit=2)
    assert [row["number"] for row in next(pages)["items"]] == [1, 2]
    ada.deletes(messages[1])
    ada.deletes(messages[2])
    assert [row["number"] for row in next(pages)["items"]] == [4, 5]


def test_the_limit_is_20_unless_given(forum: Forum, ada: Person) -> None:
    tag = unique("t")
    for _ in range(21):
        ada.starts_topic(tags=[tag])
    assert len(accepted(forum.get("/api/topics", tag=tag))["items"]) == 20
    assert len(accepted(forum.get("/api/topics", tag=tag, limit=100))["items"]) == 21
    assert len(accepted(forum.get("/api/topics", tag=tag, limit=1))["items"]) == 1


@pytest.fixture
def paths(topic: Json) -> list[str]:
    return ["/api/users", "/api/topics", "/api/messages", f"/api/topics/{topic['id']}/messages"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "", "1e1", "9" * 30, "٣"])
def test_a_limit_outside_1_to_100_is_422(forum: Forum, paths: list[str], limit: str) -> None:
    for path in paths:
        refused(forum.get(path, limit=limit), 422, field="limit")


BAD_CURSORS = ["", "x", "%", "\x00", "é", "AAAA", "eyJhIjoxfQ", "x" * 3000, "../..", "1", "null", "=" * 8]


@pytest.mark.parametrize("cursor", BAD_CURSORS)
def test_a_bad_cursor_is_400(forum: Forum, paths: list[str], cursor: str) -> None:
    for path in paths:
        refused(forum.get(path, cursor=cursor), 400, "bad_cursor")


def cursors(forum: Forum, ada: Person) -> Iterator[tuple[str, dict[str, str], str]]:
    """A list and a cursor that it gave, for lists of each kind."""
    topic, other, tag = ada.starts_topic(), ada.starts_topic(), unique("t")
    for _ in range(2):
        ada.replies(topic, tag)
        ada.replies(other)
        ada.starts_topic(title=tag, tags=[tag])
    lists: list[tuple[str, dict[str, str]]] = [
        ("/api/users", {}),
        ("/api/users", {"q": ada.username[:1]}),
        ("/api/topics", {"sort": "latest"}),
        ("/api/topics", {"sort": "new"}),
        ("/api/topics", {"sort": "top"}),
        ("/api/topics", {"sort": "new", "tag": tag}),
        ("/api/topics", {"sort": "new", "author": ada.username}),
        ("/api/topics", {"q": tag}),
        ("/api/messages", {}),
        ("/api/messages", {"author": ada.username}),
        ("/api/messages", {"q": tag}),
        (f"/api/topics/{topic['id']}/messages", {}),
        (f"/api/topics/{other['id']}/messages", {}),
    ]
    for path, params in lists:
        yield path, params, accepted(forum.get(path, **params, limit=1))["next"]


def test_a_cursor_of_another_list_is_400(forum: Forum, ada: Person) -> None:
    given = list(cursors(forum, ada))
    for path, params, cursor in given:
        accepted(forum.get(path, **params, cursor=cursor))
        for other, others, _ in given:
            if (other, others) != (path, params):
                refused(forum.get(other, **others, cursor=cursor), 400, "bad_cursor")


def test_a_cursor_that_was_tampered_with_is_400(forum: Forum, ada: Person) -> None:
    for path, params, cursor in cursors(forum, ada):
        content = bytearray(base64.urlsafe_b64decode(cursor + "=="))
        for position in (0, len(content) // 2, len(content) - 1):
            content[position] ^= 1
            forged = base64.urlsafe_b64encode(content).decode().rstrip("=")
            content[position] ^= 1
            refused(forum.get(path, **params, cursor=forged), 400, "bad_cursor")
        refused(forum.get(path, **params, cursor=cursor + "A"), 400, "bad_cursor")


def test_unknown_query_names_are_ignored(forum: Forum, paths: list[str]) -> None:
    for path in paths:
        accepted(forum.get(path, colour="blue", page="-1"))
