"""What programs read is well-formed whatever people wrote, and says when nothing has changed."""

from collections.abc import Iterator
from html import escape
from typing import Any
from xml.etree import ElementTree

import pytest
from front_end import ADA, AT, BOB, HOSTILE, TOPIC_ID, Json, Made, forum, listed, message, topic, visited

ATOM = "{http://www.w3.org/2005/Atom}"
MESSAGES = f"GET /api/topics/{TOPIC_ID}/messages"
TOPIC_FEED = f"/topics/{TOPIC_ID}/feed.xml"
LATER = "2021-01-02T03:04:05.000006Z"
XML = ["/feed.xml", "/tags/kitchen/feed.xml", TOPIC_FEED, "/sitemap.xml"]


def talk(*messages: Json, last_number: int = 2, **differently: Any) -> Made:
    """An API with one topic that has these messages."""
    return forum(
        topic(**differently),
        **{MESSAGES: listed(*messages, last_number=last_number), "GET /api/users/x": 404},
    )


async def feed(api: Made, path: str) -> ElementTree.Element:
    """A feed of Atom, parsed."""
    async with visited(api) as visitor:
        answer = await visitor.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)  # noqa: S314 (our own)
    assert root.tag == f"{ATOM}feed"
    return root


def texts(root: ElementTree.Element, name: str) -> list[str | None]:
    return [element.text for element in root.iter(f"{ATOM}{name}")]


def links(root: ElementTree.Element) -> Iterator[tuple[str | None, str | None]]:
    for link in root.iter(f"{ATOM}link"):
        yield link.get("rel"), link.get("href")


@pytest.mark.parametrize(
    ("path", "title", "page", "asked"),
    [
        ("/feed.xml", "Forum", "/new", "sort=new&limit=20"),
        ("/tags/kitchen/feed.xml", "Topics about kitchen", "/tags/kitchen", "tag=kitchen&sort=new&limit=20"),
    ],
)
async def test_a_feed_of_topics_has_their_texts(path: str, title: str, page: str, asked: str) -> None:
    api = talk(edited_at=LATER)
    root = await feed(api, path)
    assert api.targets == [f"GET /api/topics?{asked}", f"GET /api/topics/{TOPIC_ID}"]
    assert texts(root, "title") == [title, "Tea"]
    assert texts(root, "id")[1] == f"urn:uuid:{TOPIC_ID}"
    assert texts(root, "published") == [AT]
    assert texts(root, "updated") == [LATER, LATER]
    assert texts(root, "name") == ["Ada"]
    assert texts(root, "content") == ["<p>Green or <em>black</em>?</p>\n"]
    assert [category.get("term") for category in root.iter(f"{ATOM}category")] == ["kitchen"]
    assert list(links(root)) == [
        ("self", f"http://localhost{path}"),
        ("alternate", f"http://localhost{page}"),
        ("alternate", f"http://localhost/topics/{TOPIC_ID}"),
    ]


async def test_a_feed_of_a_topic_has_its_last_messages_newest_first() -> None:
    api = talk(message(1), message(2, author=ADA))
    root = await feed(api, TOPIC_FEED)
    assert texts(root, "title") == ["Tea", "Ada in Tea", "Bob Beech in Tea"]
    assert texts(root, "content") == ["<p>Text 2</p>\n", "<p>Text 1</p>\n"]
    assert ("alternate", f"http://localhost/messages/{message(2)['id']}") in links(root)
    assert [target for target in api.targets if "messages" in target] == [f"{MESSAGES}?after=0&limit=20"]


async def test_a_long_topic_is_read_from_its_end() -> None:
    api = talk(message(43), last_number=45)
    await feed(api, TOPIC_FEED)
    assert api.targets[-1] == f"{MESSAGES}?after=25&limit=20"


async def test_an_empty_feed_is_a_feed() -> None:
    root = await feed(forum(), "/feed.xml")
    assert len(texts(root, "updated")) == 1
    root = await feed(talk(last_number=0), TOPIC_FEED)
    assert texts(root, "updated") == [AT]


async def test_every_feed_has_an_id_of_its_own_that_stays() -> None:
    ids = [texts(await feed(talk(), path), "id")[0] for path in [*XML[:3], *XML[:3]]]
    assert ids[:3] == ids[3:]
    assert len({TOPIC_ID, *ids}) == 4


async def test_a_topic_deleted_meanwhile_is_left_out() -> None:
    api = talk()
    api.answers[f"GET /api/topics/{TOPIC_ID}"] = 404
    assert texts(await feed(api, "/feed.xml"), "title") == ["Forum"]


async def test_a_deleted_author_has_no_profile_to_link_to() -> None:
    deleted = ADA | {"username": "deleted", "display_name": "Deleted user"}
    root = await feed(talk(message(1), message(2, author=deleted)), TOPIC_FEED)
    assert texts(root, "name") == ["Deleted user", "Bob Beech"]
    assert texts(root, "uri") == ["http://localhost/users/bob"]


@pytest.mark.parametrize("text", [*HOSTILE, "\x00\x0b\x1b\ufffe\uffff", "]]>", "<!--", "&nbsp;", "🌿"])
async def test_what_people_wrote_stays_text(text: str) -> None:
    shown = "".join(character for character in text if character not in "\x00\x0b\x1b\ufffe\uffff")
    html = f"<p>{escape(text)}</p>"
    api = talk(message(1, author=BOB | {"display_name": text}, html=html), title=text, by=text, html=html)
    root = await feed(api, "/feed.xml")
    assert (texts(root, "title")[1], texts(root, "name")[0]) == (shown or None, shown or None)
    assert texts(root, "content") == [f"<p>{escape(shown)}</p>"]
    assert (await feed(api, TOPIC_FEED)).find(f"{ATOM}title").text == (shown or None)  # type: ignore[union-attr]


@pytest.mark.parametrize("path", XML)
async def test_what_has_not_changed_is_not_sent_again(path: str) -> None:
    api = talk(message(1))
    async with visited(api) as visitor:
        known = {"If-None-Match": "W/" + (await visitor.get(path)).headers["etag"]}
        again = await visitor.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        changed = topic(edited_at=LATER, last_activity_at=LATER, title="Coffee")
        api.answers |= {"GET /api/topics": listed(changed), f"GET /api/topics/{TOPIC_ID}": changed}
        assert (await visitor.get(path, headers=known)).status_code == 200


@pytest.mark.parametrize("path", XML)
async def test_links_lead_to_where_the_visitor_is(path: str) -> None:
    https = {"Host": "forum.example", "X-Forwarded-Proto": "https"}
    async with visited(talk(message(1))) as visitor:
        text = (await visitor.get(path, headers=https)).text
    assert f"https://forum.example/{'messages' if path == TOPIC_FEED else 'topics'}/" in text
    assert "http://localhost" not in text


async def test_the_sitemap_follows_the_list_for_a_thousand_topics() -> None:
    api = forum(topic(last_activity_at=LATER))
    api.answers["GET /api/topics"]["next"] = "more"
    async with visited(api) as visitor:
        answer = await visitor.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    first, *others = api.targets
    assert first == "GET /api/topics?sort=latest&limit=100"
    assert others == 9 * ["GET /api/topics?sort=latest&limit=100&cursor=more"]
    place = f"<loc>http://localhost/topics/{TOPIC_ID}</loc><lastmod>{LATER}</lastmod>"
    assert answer.text.count(place) == 10
    assert "<loc>http://localhost/</loc>" in answer.text


async def test_a_small_forum_has_a_small_sitemap() -> None:
    api = talk()
    async with visited(api) as visitor:
        text = (await visitor.get("/sitemap.xml")).text
    assert len(api.asked) == 1
    assert text.count("/topics/") == 1


async def test_robots_may_read_everything_but_forms_and_searches() -> None:
    async with visited(Made({})) as visitor:
        answer = await visitor.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "User-agent: *",
        "Disallow: /settings",
        "Disallow: /login",
        "Disallow: /register",
        "Disallow: /search",
        "Sitemap: http://localhost/sitemap.xml",
    ]
