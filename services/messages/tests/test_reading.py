"""Lists of messages and one message: paging, search, what is hidden, what it costs."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from messages_alone import Service

from chassis.ids import uuid7
from messages.reading import OF_TOPIC, ONE

DEEP = 20_000


async def test_paging_gives_every_message_once_while_others_are_added(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    there = [await bob.replies(topic, str(i)) for i in range(9)]
    page = await service.get(f"/api/topics/{topic}/messages", limit=4)
    seen = page["items"]
    while page["next"]:
        await bob.replies(topic, "meanwhile")
        page = await service.get(f"/api/topics/{topic}/messages", limit=4, cursor=page["next"])
        seen += page["items"]
    assert seen[:9] == there
    assert [message["number"] for message in seen] == list(range(1, len(seen) + 1))


async def test_a_page_links_to_the_next_and_the_last_does_not(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    await bob.replies(topic)
    await bob.replies(topic)
    first = await service.client.get(f"/api/topics/{topic}/messages", params={"limit": 1})
    assert f"cursor={first.json()['next']}" in first.headers["link"]
    last = await service.client.get(first.links["next"]["url"])
    assert (len(last.json()["items"]), last.json()["next"], "link" in last.headers) == (1, None, False)


async def test_a_cursor_of_another_list_is_refused(service: Service) -> None:
    bob, topic, other = service.person(), await service.topic(), await service.topic()
    for _ in range(2):
        await bob.replies(topic)
    cursor = (await service.get(f"/api/topics/{topic}/messages", limit=1))["next"]
    for path, params in (
        (f"/api/topics/{other}/messages", {}),
        ("/api/messages", {}),
        ("/api/messages", {"q": "reply"}),
        (f"/api/topics/{topic}/messages", {"cursor": "nonsense"}),
    ):
        answer = await service.client.get(path, params={"cursor": cursor} | params)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"q": "\0"}, {"author": "\0"}]
)
async def test_a_bad_query_is_422(service: Service, params: dict[str, Any]) -> None:
    answer = await service.client.get("/api/messages", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_bad_token_is_401_on_public_reads_too(service: Service) -> None:
    topic = await service.topic()
    for path in ("/api/messages", f"/api/topics/{topic}/messages", f"/api/topics/{topic}/messages/stream"):
        answer = await service.client.get(path, headers={"Authorization": "Bearer x.y.z"})
        assert answer.status_code == 401


async def test_an_author_is_found_in_any_case_newest_first_and_nobody_has_no_messages(
    service: Service,
) -> None:
    eve, topic = await service.author(), await service.topic()
    posted = [(await eve.replies(topic, str(i)))["id"] for i in range(5)]
    by_eve = await service.all("/api/messages", author=eve.username.upper(), limit=2)
    assert [message["id"] for message in by_eve] == posted[::-1]
    for nobody in ("nobody-of-that-name", "", "deleted"):
        assert await service.get("/api/messages", author=nobody) == {"items": [], "next": None}


async def test_messages_of_an_account_that_left_stay_and_are_nobodys(service: Service) -> None:
    eve, topic = await service.author(), await service.topic()
    message = await eve.replies(topic)
    await service.knows(eve, "deleted")
    author = (await service.get(f"/api/messages/{message['id']}"))["author"]
    assert author == {"id": str(eve.id), "username": "deleted", "display_name": "Deleted user"}
    assert await service.get("/api/messages", author="deleted") == {"items": [], "next": None}
    assert await service.get("/api/messages", author=eve.username) == {"items": [], "next": None}


async def test_search_gives_the_best_first_and_every_hit_once(service: Service) -> None:
    bob, eve, topic, word = service.person(), service.person(), await service.topic(), uuid.uuid4().hex
    weak = [(await bob.replies(topic, f"{word} {'and more ' * 9}{i}"))["id"] for i in range(4)]
    strong = (await eve.replies(topic, f"{word} {word} {word}"))["id"]
    assert [m["id"] for m in await service.all("/api/messages", q=word.upper(), limit=2)] == [
        strong,
        *weak[::-1],
    ]
    by_eve = await service.all("/api/messages", q=word, author=eve.username)
    assert [message["id"] for message in by_eve] == [strong]
    assert await service.all("/api/messages", q=f'{word} -more "{word} {word}"') == by_eve
    assert (await service.get("/api/messages", q=word, author="nobody-of-that-name"))["items"] == []


@pytest.mark.parametrize("q", ["'", '"', "\\", ":*", "!!!", "<->", "a & | b", "(", "-", "%", "é" * 500])
async def test_people_may_type_anything_into_the_search_box(service: Service, q: str) -> None:
    await service.get("/api/messages", q=q)


async def test_an_empty_search_box_searches_nothing(service: Service) -> None:
    await service.person().replies(await service.topic())
    assert (await service.get("/api/messages", q=" "))["items"]


async def test_messages_of_a_deleted_topic_are_gone_everywhere(service: Service) -> None:
    eve, topic, word = await service.author(), await service.topic(), uuid.uuid4().hex
    message = await eve.replies(topic, word)
    await service.turns(topic, "deleted")
    for path in (f"/api/topics/{topic}/messages", f"/api/topics/{topic}/messages/stream"):
        answer = await service.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "topic_not_found")
    answer = await service.client.get(f"/api/messages/{message['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")
    assert (await eve.edits(message, "x")).status_code == 404
    assert (await eve.deletes(message)).status_code == 404
    for params in ({"author": eve.username}, {"q": word}):
        assert (await service.get("/api/messages", **params))["items"] == []
    newest = (await service.get("/api/messages", limit=100))["items"]
    assert message["id"] not in [m["id"] for m in newest]


async def test_an_unchanged_page_or_message_is_not_sent_again(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    message = await bob.replies(topic)
    for path in (f"/api/topics/{topic}/messages", f"/api/messages/{message['id']}"):
        tag = (await service.client.get(path)).headers["etag"]
        again = await service.client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


async def test_head_answers_as_get_without_a_body(service: Service) -> None:
    topic = await service.topic()
    for path in (f"/api/topics/{topic}/messages", f"/api/topics/{topic}/messages/stream"):
        answer = await service.client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("name", [str(uuid7()), "nonsense", "0", "{}"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_what_is_no_message_is_404(service: Service, method: str, name: str) -> None:
    body = {"body": "x"} if method == "PATCH" else None
    answer = await service.person().request(method, f"/api/messages/{name}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")


async def test_a_page_at_99_percent_depth_reads_at_most_10_buffers(own_service: Service) -> None:
    """Of messages and topics; what its authors cost depends on how many they are, not on the depth."""
    topic, ada = await own_service.topic(), await own_service.author()
    await own_service.sql.execute(
        """INSERT INTO messages.messages
            (id, topic_id, number, author_id, body, html, render_version, created_at)
        SELECT gen_random_uuid(), $1, number, $2, 'Text ' || number, '<p>Text</p>', 1, now()
        FROM generate_series(1, $3::int) AS number""",
        topic,
        ada.id,
        DEEP,
    )
    await own_service.sql.execute("VACUUM ANALYZE messages.messages, messages.topics, messages.authors")
    explain = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + OF_TOPIC.sql
    values = OF_TOPIC.values({"topic": topic, "after": int(DEEP * 0.99), "limit": 21})
    await own_service.sql.fetchval(explain, *values)
    plan = json.loads(await own_service.sql.fetchval(explain, *values))[0]["Plan"]
    assert plan["Actual Rows"] == 21
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 10


async def test_one_message_is_read_by_its_key(own_service: Service) -> None:
    plan = await own_service.sql.fetch("EXPLAIN " + ONE.sql, uuid7())
    assert "messages_pkey" in "".join(row[0] for row in plan)


async def test_readers_never_see_a_number_before_the_one_below_it(service: Service) -> None:
    """Numbers are taken under the topic's lock, so they rise in the order of commits."""
    people, topic = [service.person() for _ in range(4)], await service.topic()
    posting = asyncio.gather(*(people[i % 4].replies(topic, str(i)) for i in range(40)))
    while not posting.done():
        numbers = [
            m["number"] for m in (await service.get(f"/api/topics/{topic}/messages", limit=100))["items"]
        ]
        assert numbers == list(range(1, len(numbers) + 1))
    await posting
