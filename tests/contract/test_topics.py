"""Topics: starting, reading, listing, editing, tagging, pinning, locking, deleting."""

from uuid import UUID

import pytest
from forum_client import Forum, Json, Person, accepted, eventually, refused, unique

ROW = {
    "id", "title", "tags", "author", "pinned", "locked",
    "message_count", "last_activity_at", "created_at", "edited_at",
}  # fmt: skip
NOWHERE = "00000000-0000-7000-8000-000000000000"


def test_starting_a_topic_answers_with_it(forum: Forum, ada: Person) -> None:
    sent = {"title": "  Tea & «cake» ", "body": "*Hot*\r\n", "tags": ["tea", "cake", "tea"]}
    topic = accepted(ada.request("POST", "/api/topics", json=sent), 201)
    assert topic.keys() >= ROW | {"body", "html"}
    UUID(topic["id"])
    assert (topic["title"], topic["body"]) == (sent["title"], sent["body"]), "text is kept as sent"
    assert sorted(topic["tags"]) == ["cake", "tea"], "duplicates collapse"
    assert "<em>Hot</em>" in topic["html"]
    assert topic["author"] == ada.author
    assert (topic["pinned"], topic["locked"], topic["message_count"]) == (False, False, 0)
    assert topic["edited_at"] is None
    assert topic["last_activity_at"] == topic["created_at"]
    assert forum.topic(topic) == topic


def test_tags_may_be_left_out(ada: Person) -> None:
    assert ada.starts_topic()["tags"] == []


@pytest.mark.parametrize("body", ["<script>x()</script>", "[a](javascript:x())", "<img src=x onerror=x()>"])
def test_html_is_sanitised(ada: Person, body: str) -> None:
    topic = ada.starts_topic(body=body)
    assert topic["body"] == body
    html = topic["html"].lower()
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "<img src=x onerror" not in html


@pytest.mark.parametrize("name", [NOWHERE, "1", "nonsense", "é", "x" * 500])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_topic_that_is_not_there_is_404(ada: Person, method: str, name: str) -> None:
    body = {"title": "x"} if method == "PATCH" else None
    refused(ada.request(method, f"/api/topics/{name}", json=body), 404, "topic_not_found")


def test_a_row_of_the_list_is_the_topic_without_its_text(forum: Forum, ada: Person) -> None:
    tag = unique("t")
    topic = ada.starts_topic(tags=[tag])
    (row,) = forum.all("/api/topics", tag=tag)
    assert row.keys() >= ROW
    assert row == {key: value for key, value in topic.items() if key not in ("body", "html")}


def test_lists_are_ordered_by_activity_age_or_messages(forum: Forum, ada: Person, moderator: Person) -> None:
    tag = unique("t")
    first, second, third = (ada.starts_topic(title=title, tags=[tag]) for title in ("1", "2", "3"))
    ada.replies(second)
    ada.replies(first)
    ada.replies(second)
    ada.replies(first)
    ada.replies(first)

    def titles(sort: str) -> str:
        return "".join(row["title"] for row in forum.all("/api/topics", tag=tag, sort=sort))

    def caught_up() -> None:
        assert titles("top") == "123"

    eventually(caught_up)
    assert titles("new") == "321"
    assert (
        titles("latest") == "312"
        if third["last_activity_at"] > forum.topic(first)["last_activity_at"]
        else "123"
    )
    default = "".join(row["title"] for row in forum.all("/api/topics", tag=tag))
    assert default == titles("latest"), "latest is the default"
    moderator.edits(third, pinned=True)
    assert titles("latest") == "312", "pinned first"
    assert titles("new") == "321"
    moderator.edits(first, pinned=True)
    assert titles("latest") == "132"
    moderator.edits(first, pinned=False)
    moderator.edits(third, pinned=False)
    assert titles("latest") == "123"


@pytest.mark.parametrize("sort", ["best", "", "LATEST"])
def test_a_sort_that_does_not_exist_is_422(forum: Forum, sort: str) -> None:
    refused(forum.get("/api/topics", sort=sort), 422, field="sort")


def test_lists_are_filtered_by_tag_and_author(forum: Forum, ada: Person, bob: Person) -> None:
    tag = unique("t")
    hers, his = ada.starts_topic(tags=[tag, "tea"]), bob.starts_topic(tags=[tag])
    rows = [row["id"] for row in forum.all("/api/topics", tag=tag, sort="new")]
    assert rows == [his["id"], hers["id"]]
    (row,) = forum.all("/api/topics", tag=tag, author=ada.username)
    assert row["id"] == hers["id"]
    eventually(lambda: accepted(forum.get("/api/topics", tag=tag, author=bob.username.upper())))
    assert list(forum.all("/api/topics", tag=unique("none"))) == []


@pytest.mark.parametrize("path", ["/api/topics", "/api/messages"])
@pytest.mark.parametrize("author", ["nobody-at-all", "é", "x" * 300, "%"])
def test_texts_of_nobody_are_an_empty_page(forum: Forum, path: str, author: str) -> None:
    assert accepted(forum.get(path, author=author)) == {"items": [], "next": None}


def test_an_edit_is_seen_at_once(forum: Forum, ada: Person, topic: Json) -> None:
    tag = unique("t")
    edited = ada.edits(topic, title="New", body="**New**", tags=[tag])
    assert (edited["title"], edited["body"], edited["tags"]) == ("New", "**New**", [tag])
    assert "<strong>New</strong>" in edited["html"]
    assert edited["edited_at"] > edited["created_at"]
    assert forum.topic(topic) == edited
    (row,) = forum.all("/api/topics", tag=tag)
    assert row["title"] == "New"


@pytest.mark.parametrize("change", [{"title": "New"}, {"body": "New"}, {"tags": ["new"]}])
def test_what_an_edit_does_not_send_stays(ada: Person, topic: Json, change: Json) -> None:
    edited = ada.edits(topic, **change)
    for key in {"title", "body", "tags"} - change.keys():
        assert edited[key] == topic[key]
    assert edited["edited_at"] is not None


def test_pinning_and_locking_do_not_count_as_edits(moderator: Person, topic: Json) -> None:
    assert moderator.edits(topic, pinned=True)["pinned"] is True
    changed = moderator.edits(topic, locked=True)
    assert (changed["pinned"], changed["locked"], changed["edited_at"]) == (True, True, None)


def test_a_deleted_topic_is_gone_and_so_are_its_messages(forum: Forum, ada: Person) -> None:
    tag = unique("t")
    topic = ada.starts_topic(tags=[tag])
    message = ada.replies(topic)
    ada.deletes(topic)
    refused(forum.get(f"/api/topics/{topic['id']}"), 404, "topic_not_found")
    refused(ada.request("DELETE", f"/api/topics/{topic['id']}"), 404, "topic_not_found")
    assert list(forum.all("/api/topics", tag=tag)) == []

    def gone() -> None:
        refused(forum.get(f"/api/topics/{topic['id']}/messages"), 404, "topic_not_found")
        refused(forum.get(f"/api/messages/{message['id']}"), 404)

    eventually(gone)
    path = f"/api/topics/{topic['id']}/messages"
    refused(ada.request("POST", path, json={"body": "x"}), 404, "topic_not_found")
    refused(ada.request("PATCH", f"/api/messages/{message['id']}", json={"body": "x"}), 404)
    refused(ada.request("DELETE", f"/api/messages/{message['id']}"), 404)
    refused(forum.get(f"{path}/stream"), 404, "topic_not_found")
    assert message["id"] not in {row["id"] for row in accepted(forum.get("/api/messages"))["items"]}


def test_a_locked_topic_refuses_messages_and_still_allows_edits_and_deletions(
    ada: Person, moderator: Person, topic: Json
) -> None:
    message, other = ada.replies(topic), ada.replies(topic)
    moderator.edits(topic, locked=True)
    path = f"/api/topics/{topic['id']}/messages"
    eventually(lambda: refused(ada.request("POST", path, json={"body": "x"}), 409, "topic_locked"))
    refused(moderator.request("POST", path, json={"body": "x"}), 409, "topic_locked")
    assert ada.edits(message, body="Edited")["body"] == "Edited"
    ada.deletes(other)
    assert ada.edits(topic, title="Edited")["title"] == "Edited"
    moderator.edits(topic, locked=False)
    eventually(lambda: ada.replies(topic))


def test_tags_are_counted_most_used_first(forum: Forum, ada: Person) -> None:
    often, seldom = unique("often"), unique("seldom")
    topics = [ada.starts_topic(tags=[often, seldom] if once else [often]) for once in (True, False)]

    def counts() -> dict[str, int]:
        return {row["tag"]: row["topics"] for row in accepted(forum.get("/api/tags"))["items"]}

    assert (counts()[often], counts()[seldom]) == (2, 1)
    used = list(counts().values())
    assert used == sorted(used, reverse=True)
    ada.edits(topics[0], tags=[often])
    assert seldom not in counts()
    ada.deletes(topics[1])
    assert counts()[often] == 1
