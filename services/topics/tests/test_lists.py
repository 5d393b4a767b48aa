"""Lists of topics: orders, filters, pages, cursors."""

import pytest
from topics_alone import Json, Person, Service, accepted, eventually, refused, shape


async def talk(
    service: Service, topic: Json, messages: int, at: str = "2030-01-01T00:00:00.000001+00:00"
) -> None:
    """The feed of messages tells of this many, and the list shows it."""
    activity = {"message_count": messages, "last_activity_at": at, "last_author_id": topic["author"]["id"]}
    service.peers.tell("activity", topic_id=topic["id"], **activity)

    async def shown() -> None:
        assert (await service.topic(topic))["message_count"] == messages

    await eventually(shown)


async def titles(service: Service, **params: str | int) -> str:
    return "".join(row["title"] for row in await service.rows(**params))


async def test_a_row_is_the_topic_without_its_text(service: Service, ada: Person) -> None:
    topic = await ada.starts_topic(tags=["row"])
    assert await service.rows(tag="row") == [shape(topic)]


async def test_lists_are_ordered_by_activity_age_or_messages(
    service: Service, ada: Person, moderator: Person
) -> None:
    topics = {title: await ada.starts_topic(title=title, tags=["order"]) for title in "12345"}
    await talk(service, topics["2"], 3)
    await talk(service, topics["1"], 4, "2030-01-01T00:00:00.000002+00:00")
    await moderator.edits(topics["4"], pinned=True)
    assert await titles(service, tag="order", sort="new") == "54321"
    assert await titles(service, tag="order", sort="latest") == "41253"
    assert await titles(service, tag="order") == "41253"
    assert await titles(service, tag="order", sort="top") == "12543"


async def test_lists_are_filtered_by_tag_and_author(service: Service, ada: Person, bob: Person) -> None:
    await ada.starts_topic(title="1", tags=["filter", "other"])
    await bob.starts_topic(title="2", tags=["filter"])
    await ada.starts_topic(title="3", tags=["other"])
    assert await titles(service, tag="filter", sort="new") == "21"
    assert await titles(service, author=ada.username.upper(), sort="new") == "31"
    assert await titles(service, author=ada.username, tag="filter") == "1"
    assert await titles(service, author=ada.username, tag="filter", q="1") == "1"
    assert await titles(service, author=bob.username, q="1") == ""


@pytest.mark.parametrize("author", ["nobody", "deleted", "", "é", "%", "x" * 3000])
async def test_topics_of_nobody_are_an_empty_page(service: Service, author: str) -> None:
    gone = service.person()
    topic = await gone.starts_topic()
    deleted = {"username": "deleted", "display_name": "Deleted user", "state": "deleted"}
    service.peers.tell("authors", id=gone.id, **deleted)

    async def anonymous() -> None:
        assert (await service.topic(topic))["author"]["username"] == "deleted"

    await eventually(anonymous)
    for q in ("", "Title"):
        assert accepted(await service.get("/api/topics", author=author, q=q)) == {"items": [], "next": None}


@pytest.mark.parametrize("params", [{"sort": "latest"}, {"sort": "new"}, {"sort": "top"}, {"q": "word"}])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_hold_every_topic_exactly_once(
    service: Service, ada: Person, moderator: Person, params: dict[str, str], limit: int
) -> None:
    tag = f"exact-{'-'.join(params.values())}-{limit}"
    topics = [await ada.starts_topic(body="word " * (n % 3 + 1), tags=[tag]) for n in range(7)]
    for topic in topics[1:3]:
        await moderator.edits(topic, pinned=True)
        await talk(service, topic, 2)
    expected = await service.rows(tag=tag, **params)
    assert sorted(row["id"] for row in expected) == sorted(topic["id"] for topic in topics)
    pages = [page async for page in service.pages(tag=tag, limit=limit, **params)]
    assert [row for page in pages for row in page] == expected
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1], "no cursor leads to an empty page"


@pytest.mark.parametrize("params", [{"sort": "latest"}, {"sort": "new"}, {"sort": "top"}, {"q": "word"}])
async def test_a_reader_misses_nothing_while_others_start_topics(
    service: Service, ada: Person, params: dict[str, str]
) -> None:
    tag = f"added-{'-'.join(params.values())}"
    there = {(await ada.starts_topic(body="word", tags=[tag]))["id"] for _ in range(9)}
    seen: list[str] = []
    async for page in service.pages(tag=tag, limit=2, **params):
        seen += [row["id"] for row in page]
        await ada.starts_topic(body="word word", tags=[tag])
    assert there <= set(seen)
    assert len(seen) == len(set(seen))


async def test_a_page_names_the_next_one(service: Service, ada: Person) -> None:
    for _ in range(3):
        await ada.starts_topic(tags=["link"])
    answer = await service.get("/api/topics", tag="link", limit=2, ignored="é&")
    target = answer.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    following = await service.client.get(target)
    assert len(accepted(following)["items"]) == 1
    assert "link" not in following.headers
    assert answer.json()["next"] in target


async def test_a_cursor_serves_its_own_list_only(service: Service, ada: Person) -> None:
    for _ in range(2):
        await ada.starts_topic(title="word", tags=["cursor"])
    own = {"sort": "new", "tag": "cursor", "limit": 1}
    cursor = accepted(await service.get("/api/topics", **own))["next"]
    accepted(await service.get("/api/topics", **own, cursor=cursor))
    others = [
        {"sort": "top"},
        {"tag": "other"},
        {"author": ada.username},
        {"q": "word"},
        {"cursor": cursor[:-1]},
    ]
    others += [{"cursor": bad} for bad in ("", "x", "é", "A" * 5000, "AAAAAAAAAAAAAAAAAAAAAAAA", "\0")]
    for other in others:
        refused(await service.get("/api/topics", **{**own, "cursor": cursor} | other), 400, "bad_cursor")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"sort": "best"}, "sort"),
        ({"sort": ""}, "sort"),
        ({"q": "a\0b"}, "q"),
        ({"q": "x" * 501}, "q"),
        ({"tag": "\0"}, "tag"),
        ({"author": "\0"}, "author"),
    ],
)
async def test_a_query_out_of_bounds_is_422(service: Service, params: dict[str, str], field: str) -> None:
    refused(await service.get("/api/topics", **params), 422, "invalid", field)
