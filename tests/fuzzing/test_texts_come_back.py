"""Hostile text goes in by every field that takes text; it comes back as sent, or is refused, and its HTML is
harmless. With `--cases N`, N of them, else a few."""

import re
from collections.abc import Iterator

import pytest
from forum_client import PASSWORD, Forum, Json, Person, accepted, eventually, refused
from fuzzing.hostile import lookalikes, some
from fuzzing.markup import harm, made_of
from markupsafe import escape

FEW = 120
SLOW = 8  # where each text costs the hash of a password


@pytest.fixture(scope="module")
def texts(request: pytest.FixtureRequest) -> list[str]:
    return some(max(FEW, request.config.getoption("--cases")))


@pytest.fixture
def person(forum: Forum) -> Person:
    return forum.register("writer")


@pytest.fixture
def topic(person: Person) -> Json:
    return person.starts_topic()


def batched(items: list[str], size: int) -> Iterator[list[str]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def is_title(text: str) -> bool:
    return bool(text.strip()) and len(text) <= 200 and is_storable(text)


def is_storable(text: str) -> bool:
    return "\0" not in text and not re.search("[\ud800-\udfff]", text)


@pytest.mark.parametrize(
    "html",
    [
        '<p onclick="x">a</p>', '<p style="x">a</p>', "<script>x</script>", "<svg></svg>", "<math></math>",
        '<a href="javascript:x">a</a>', '<a href=" java\nscript:x">a</a>', '<img src="data:text/html,x">',
        "<!-- a -->", "<p>a", "<p>a</p></div>",
    ],
)  # fmt: skip
def test_harm_is_seen(html: str) -> None:
    assert harm(html)


def test_a_topic_keeps_its_title_and_text(forum: Forum, person: Person, texts: list[str]) -> None:
    kept = []
    for text in texts:
        title = text if is_title(text) else "A title"
        answer = person.request("POST", "/api/topics", json={"title": title, "body": text})
        if not text or not is_storable(text):
            refused(answer, 422)
            continue
        made = accepted(answer, 201)
        assert (made["title"], made["body"]) == (title, text)
        assert not harm(made["html"]), text
        kept.append(title)
    listed = forum.all("/api/topics", sort="new", author=person.username, limit=100)
    assert [row["title"] for row in listed] == kept[::-1]


def test_an_edited_topic_keeps_its_title_and_text(person: Person, topic: Json, texts: list[str]) -> None:
    for text in filter(is_title, texts):
        edited = person.edits(topic, title=text, body=text)
        assert (edited["title"], edited["body"]) == (text, text)
        assert not harm(edited["html"]), text


def test_a_message_keeps_its_text(forum: Forum, person: Person, topic: Json, texts: list[str]) -> None:
    kept = []
    for text in texts:
        answer = person.request("POST", f"/api/topics/{topic['id']}/messages", json={"body": text})
        if not text or not is_storable(text):
            refused(answer, 422)
            continue
        assert accepted(answer, 201)["body"] == text
        kept.append(text)
    read = forum.reads(topic)
    assert [message["body"] for message in read] == kept
    assert not {message["body"]: wrong for message in read if (wrong := harm(message["html"]))}


def test_a_profile_keeps_its_texts(forum: Forum, person: Person, topic: Json, texts: list[str]) -> None:
    shown = {"display_name": person.username, "bio": ""}
    for text in texts:
        change = {"bio": text} | ({"display_name": text} if 0 < len(text) <= 60 else {})
        answer = person.request("PATCH", "/api/users/me", json=change)
        if len(text) > 1000 or not is_storable(text):
            refused(answer, 422)
            continue
        shown |= change
        assert accepted(answer).items() >= shown.items()
    assert accepted(forum.get(f"/api/users/{person.username}")).items() >= shown.items()

    def is_named() -> None:
        assert forum.topic(topic)["author"]["display_name"] == shown["display_name"]

    eventually(is_named)


def test_usernames_and_tags_are_what_they_may_be_or_refused(
    forum: Forum, person: Person, texts: list[str]
) -> None:
    for text in texts:
        if not re.fullmatch("[a-z0-9-]{1,30}", text):
            tagged = {"title": "A title", "body": "Its text.", "tags": [text]}
            refused(person.request("POST", "/api/topics", json=tagged), 422)
        if not re.fullmatch("[A-Za-z0-9_-]{3,30}", text):
            account = {"username": text, "password": PASSWORD}
            refused(forum.request("POST", "/api/users", json=account), 422, field="username")


def test_searches_find_something_or_nothing(forum: Forum, texts: list[str]) -> None:
    for text in texts:
        for path, limit in (("/api/topics", 500), ("/api/messages", 500), ("/api/users", 32_000)):
            answer = forum.get(path, q=text, limit=1)
            accepted(answer) if len(text) <= limit and is_storable(text) else refused(answer, 422)


def test_filters_and_cursors_find_nothing_or_are_refused(forum: Forum, texts: list[str]) -> None:
    for text in filter(is_storable, texts):
        assert accepted(forum.get("/api/messages", author=f"{text} ", limit=1))["items"] == []
        assert accepted(forum.get("/api/topics", tag=f"{text} ", limit=1))["items"] == []
        refused(forum.get("/api/topics", cursor=text), 400, "bad_cursor")
        refused(forum.get("/api/topics", sort=f"{text} "), 422)


def test_a_device_shows_what_it_called_itself(forum: Forum, person: Person) -> None:
    for text in some(SLOW):
        agent = text.encode("latin-1", "replace").translate(None, b"\0\r\n").strip(b" \t")
        credentials = {"username": person.username, "password": PASSWORD}
        answer = forum.client.post("/api/sessions", json=credentials, headers={b"User-Agent": agent})
        session = Person(forum, accepted(answer, 201), PASSWORD)
        (device,) = (
            each for each in accepted(session.request("GET", "/api/sessions"))["items"] if each["current"]
        )
        assert device["user_agent"] == agent.decode("latin-1")[:300]
        session.logs_out()


def test_who_looks_like_somebody_is_somebody_else(forum: Forum) -> None:
    somebody = forum.register("kiosk")
    alike = [
        somebody.username.replace(character, other, 1)
        for character, others in lookalikes().items()
        for other in others
        if character in somebody.username and other != character
    ]
    assert alike
    for number, name in enumerate(alike[:: max(1, len(alike) // FEW)]):
        if not name.isascii():
            account = {"username": name, "password": PASSWORD}
            refused(forum.request("POST", "/api/users", json=account), 422, field="username")
        refused(forum.get(f"/api/users/{name}"), 404, "user_not_found")
        if number < SLOW:
            credentials = {"username": name, "password": PASSWORD}
            refused(forum.request("POST", "/api/sessions", json=credentials), 401, "bad_credentials")


def test_the_front_page_shows_hostile_titles_as_text(forum: Forum, person: Person, texts: list[str]) -> None:
    person.changes_profile(display_name="<b onclick=x>A</b>")
    for _ in range(21):  # more than a page
        person.starts_topic()
    harmless = made_of(forum.get("/").text)
    titles = list(filter(is_title, texts[:FEW]))
    for shown in batched(titles, 10):
        for title in shown:
            person.starts_topic(title=title)
        page = forum.get("/").text
        assert made_of(page) == harmless, shown
        assert all(escape(title) in page for title in shown)
