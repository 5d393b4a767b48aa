"""What the service publishes, and how it follows its peers."""

from topics_alone import Json, Person, Service, accepted, eventually, refused


async def published(service: Service, since: str = "") -> tuple[list[Json], str]:
    page = accepted(await service.internal("/internal/changes/topics", since=since))
    return page["items"], page["next"]


async def test_the_feed_tells_what_topics_there_are_and_what_became_of_them(
    service: Service, ada: Person, moderator: Person
) -> None:
    topic, other = await ada.starts_topic(), await ada.starts_topic()
    rows, cursor = await published(service)
    assert rows[-2:] == [{"id": topic["id"], "state": "open"}, {"id": other["id"], "state": "open"}]
    await moderator.edits(topic, locked=True)
    await ada.deletes(other)
    rows, cursor = await published(service, cursor)
    assert rows == [{"id": topic["id"], "state": "locked"}, {"id": other["id"], "state": "deleted"}]
    await ada.edits(topic, title="New", tags=["x"])
    await moderator.edits(topic, pinned=True)
    service.peers.tell(
        "activity", topic_id=topic["id"], message_count=1, last_activity_at=None, last_author_id=None
    )

    async def counted() -> None:
        assert (await service.topic(topic))["message_count"] == 1

    await eventually(counted)
    assert await published(service, cursor) == ([], cursor), "neither an edit nor a new message is news"


async def test_messages_alone_may_ask(service: Service, topic: Json) -> None:
    for path in ("/internal/changes/topics", f"/internal/topics/{topic['id']}"):
        refused(await service.internal(path, key=None), 401)
        refused(await service.internal(path, key="unknown"), 401)
        refused(await service.internal(path, key="stranger"), 403)
        refused(await service.get(path), 404, "not_found")
        accepted(await service.internal(path))


async def test_a_topic_can_be_looked_up_once_deleted_too(service: Service, ada: Person, topic: Json) -> None:
    path = f"/internal/topics/{topic['id']}"
    assert accepted(await service.internal(path)) == {"id": topic["id"], "state": "open"}
    await ada.deletes(topic)
    assert accepted(await service.internal(path)) == {"id": topic["id"], "state": "deleted"}
    refused(await service.internal(f"/internal/topics/{ada.id}"), 404, "topic_not_found")
    refused(await service.internal("/internal/topics/x"), 404, "topic_not_found")


async def test_activity_comes_from_messages(service: Service, ada: Person, bob: Person, topic: Json) -> None:
    await bob.starts_topic()
    newest = {"last_activity_at": "2031-02-03T04:05:06.000007+00:00", "last_author_id": bob.id}
    service.peers.tell("activity", topic_id=topic["id"], message_count=2, **newest)

    async def active() -> None:
        assert await service.topic(topic) == topic | {
            "message_count": 2,
            "last_activity_at": "2031-02-03T04:05:06.000007Z",
            "last_author": bob.author,
        }

    await eventually(active)
    nothing = {"last_activity_at": None, "last_author_id": None}
    service.peers.tell("activity", topic_id=topic["id"], message_count=0, **nothing)

    async def silent() -> None:
        assert await service.topic(topic) == topic

    await eventually(silent)


async def test_activity_that_is_known_already_is_not_written_again(service: Service, topic: Json) -> None:
    nothing = {"message_count": 0, "last_activity_at": None, "last_author_id": None}
    where = "SELECT ctid::text, xmin::text FROM topics.topics WHERE id = $1"
    before = await service.query(where, topic["id"])
    service.peers.tell("activity", topic_id=topic["id"], **nothing)

    async def taken() -> None:
        (cursor,) = await service.query("SELECT cursor FROM topics.feed_cursors WHERE relation = 'activity'")
        assert cursor["cursor"] == str(len(service.peers.feeds["activity"]))

    await eventually(taken)
    assert await service.query(where, topic["id"]) == before


async def test_a_renamed_author_is_seen_and_moves_no_version(
    service: Service, ada: Person, topic: Json
) -> None:
    before = (await service.get(f"/api/topics/{topic['id']}")).headers["etag"]
    service.peers.tell("authors", **ada.author | {"display_name": "Ada"}, state="active")

    async def renamed() -> None:
        assert (await service.topic(topic))["author"] == ada.author | {"display_name": "Ada"}

    await eventually(renamed)
    accepted(await ada.edits(topic, {"If-Match": before}, title="New"))


async def test_a_retired_key_signs_nothing_any_more(service: Service, ada: Person) -> None:
    verifier = service.app.state.verifier
    live = await verifier._fetch_keys()
    service.peers.tell("keys", kid="old", jwk="{}", state="retired")

    async def came() -> None:
        assert len(await service.query("SELECT FROM topics.keys")) == len(live) + 1

    await eventually(came)
    assert await verifier._fetch_keys() == live


async def test_peers_are_asked_with_our_own_key(service: Service) -> None:
    assert service.peers.callers == {"Basic dG9waWNzOnRvcGljcy1rZXk="}
