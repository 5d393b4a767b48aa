"""Posting: numbers, times, who may, and topics that no feed has brought yet."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from messages_alone import Service

from chassis.ids import uuid7
from messages.reading import OF_TOPIC


async def test_a_reply_is_numbered_rendered_and_counted(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    answer = await bob.posts(topic, " *Yes* ")
    message = answer.json()
    assert (message["topic_id"], message["number"], message["body"]) == (str(topic), 1, " *Yes* ")
    assert (message["author"], message["reply_to"], message["edited_at"]) == (bob.author, None, None)
    assert "<em>Yes</em>" in message["html"]
    assert answer.headers["location"] == f"/api/messages/{message['id']}"
    assert await service.get(f"/api/messages/{message['id']}") == message
    assert await service.all(f"/api/topics/{topic}/messages") == [message]
    activity = await service.activity(topic)
    assert (activity["message_count"], activity["last_author_id"]) == (1, bob.id)
    assert message["created_at"] == f"{activity['last_activity_at']:%Y-%m-%dT%H:%M:%S.%fZ}"


async def test_fifty_replies_at_once_get_dense_numbers_in_the_order_of_their_times(service: Service) -> None:
    people, topic = [service.person() for _ in range(5)], await service.topic()
    posted = await asyncio.gather(*(people[i % 5].replies(topic, str(i)) for i in range(50)))
    listed = await service.all(f"/api/topics/{topic}/messages", limit=7)
    assert [message["number"] for message in listed] == list(range(1, 51))
    assert [message["created_at"] for message in listed] == sorted(m["created_at"] for m in posted)
    assert {message["id"] for message in listed} == {message["id"] for message in posted}
    activity = await service.activity(topic)
    assert (activity["message_count"], activity["last_number"]) == (50, 50)
    assert str(activity["last_author_id"]) == listed[-1]["author"]["id"]


async def test_a_topic_with_a_message_of_tomorrow_keeps_that_as_its_last_activity(service: Service) -> None:
    """An import may bring one; what is posted now still happens now."""
    bob, topic = service.person(), await service.topic()
    tomorrow, ada = datetime.now(UTC) + timedelta(days=1), uuid.uuid4()
    await service.sql.execute("INSERT INTO messages.activity VALUES ($1, 1, 1, $2, $3)", topic, tomorrow, ada)
    message = await bob.replies(topic)
    assert datetime.fromisoformat(message["created_at"]) < datetime.now(UTC)
    activity = await service.activity(topic)
    assert (activity["last_activity_at"], activity["last_author_id"]) == (tomorrow, ada)
    assert (activity["message_count"], message["number"]) == (2, 2)


async def test_an_unknown_author_is_taken_from_the_token_and_a_known_one_never_changed_by_it(
    service: Service,
) -> None:
    bob, topic = service.person(), await service.topic()
    await bob.replies(topic)
    rows = "SELECT username, display_name, state FROM messages.authors WHERE id = $1"
    assert tuple(await service.sql.fetchrow(rows, bob.id)) == (bob.username, bob.username.title(), "active")
    bob.claims["display_name"] = "Robert"
    await service.knows(bob, "active")
    message = await bob.replies(topic)
    assert message["author"]["display_name"] == "Robert", "the token still says otherwise"
    assert (await service.sql.fetchrow(rows, bob.id))["display_name"] == "Robert"


@pytest.mark.parametrize(
    ("author", "topic", "reply_to", "status", "code"),
    [
        ("deleted", "unknown", "nonsense", 401, "unauthorized"),
        ("suspended", "unknown", "nonsense", 422, "invalid"),
        ("deleted", "unknown", None, 401, "unauthorized"),
        ("deleted", "deleted", "elsewhere", 401, "unauthorized"),
        ("suspended", "unknown", "elsewhere", 404, "topic_not_found"),
        ("suspended", "deleted", "elsewhere", 404, "topic_not_found"),
        ("suspended", "locked", "elsewhere", 422, "invalid"),
        ("suspended", "locked", None, 403, "suspended"),
        ("active", "locked", None, 409, "topic_locked"),
        ("active", "open", "elsewhere", 422, "invalid"),
    ],
)
async def test_refusals_come_in_the_order_of_the_api(
    service: Service, author: str, topic: str, reply_to: str | None, status: int, code: str
) -> None:
    person = await service.author(author, role="moderator")
    there = uuid7() if topic == "unknown" else await service.topic(topic)
    how = {"reply_to": str(uuid7()) if reply_to == "elsewhere" else reply_to} if reply_to else {}
    answer = await person.posts(there, **how)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if code == "invalid":
        assert answer.json()["errors"][0]["field"] == "reply_to"
    assert (
        await service.sql.fetchval("SELECT count(*) FROM messages.messages WHERE topic_id = $1", there) == 0
    )
    assert await service.sql.fetchval("SELECT true FROM messages.activity WHERE topic_id = $1", there) is None


async def test_a_reply_goes_to_a_message_of_the_same_topic_that_is_there(service: Service) -> None:
    bob, topic, other = service.person(), await service.topic(), await service.topic()
    first, elsewhere = await bob.replies(topic), await bob.replies(other)
    assert (await bob.replies(topic, reply_to=first["id"]))["reply_to"] == first["id"]
    assert (await bob.posts(topic, reply_to=elsewhere["id"])).status_code == 422
    await bob.deletes(first)
    assert (await bob.posts(topic, reply_to=first["id"])).status_code == 422


@pytest.mark.parametrize(
    "body", [{}, {"body": ""}, {"body": "x" * 32_001}, {"body": "\0"}, {"body": 1}, {"body": "x", "no": 1}]
)
async def test_a_body_of_the_wrong_shape_is_422(service: Service, body: dict[str, object]) -> None:
    answer = await service.person().request("POST", f"/api/topics/{uuid7()}/messages", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_the_longest_body_is_taken_and_found(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    word = "w" + uuid.uuid4().hex
    message = await bob.replies(topic, "𝄞 " * 15_900 + "\n\n" + word)
    assert [m["id"] for m in await service.all("/api/messages", q=word)] == [message["id"]]


async def test_an_unknown_topic_is_looked_up_once_however_many_ask(service: Service) -> None:
    topic, asked = uuid7(), len(service.peers.asked)
    service.peers.topics[topic] = "open"
    people = [service.person() for _ in range(10)]
    await asyncio.gather(*(person.replies(topic) for person in people))
    await service.all(f"/api/topics/{topic}/messages")
    assert service.peers.asked[asked:] == [topic]


async def test_reading_an_unknown_topic_looks_it_up_too(service: Service) -> None:
    topic = uuid7()
    service.peers.topics[topic] = "open"
    page = await service.get(f"/api/topics/{topic}/messages")
    assert page == {"items": [], "next": None, "last_number": 0}
    assert (await service.client.get(f"/api/topics/{uuid7()}/messages")).status_code == 404


async def test_a_slow_look_up_never_overwrites_what_the_feed_brought_meanwhile(service: Service) -> None:
    topic, peers = uuid7(), service.peers
    peers.topics[topic] = "open"
    peers.answer.clear()
    posting = asyncio.create_task(service.person().posts(topic))
    async with asyncio.timeout(5):
        await peers.arrived[topic].wait()
    await service.turns(topic, "locked")
    peers.answer.set()
    assert (await posting).json()["code"] == "topic_locked"
    assert await service.sql.fetchval("SELECT state FROM messages.topics WHERE id = $1", topic) == "locked"


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
async def test_no_connection_is_held_while_topics_is_asked(
    own_service: Service, headers: dict[str, str]
) -> None:
    """The pool of this one has a single connection."""
    topic, peers = uuid7(), own_service.peers
    peers.topics[topic] = "open"
    peers.answer.clear()
    posting = asyncio.create_task(own_service.person().posts(topic, headers=headers))
    async with asyncio.timeout(5):
        await peers.arrived[topic].wait()
        await own_service.app.state.database.all(OF_TOPIC, topic=topic, after=0, limit=1)
    peers.answer.set()
    assert (await posting).status_code == 201


async def test_topics_down_makes_503_with_retry_after_for_unknown_topics_only(service: Service) -> None:
    bob, known = service.person(), await service.topic()
    service.peers.down = True
    try:
        answer = await bob.posts(uuid7())
        await bob.replies(known)
    finally:
        service.peers.down = False
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_the_same_idempotency_key_posts_once_also_at_the_same_moment(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    answers = await asyncio.gather(*(bob.posts(topic, headers=key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (await service.activity(topic))["message_count"] == 1
    other = await bob.posts(topic, "Something else", headers=key)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_posting_needs_a_token(service: Service) -> None:
    answer = await service.client.post(f"/api/topics/{await service.topic()}/messages", json={"body": "x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"]
