"""A topic's messages from a number on, and the number of its last."""

import pytest
from messages_alone import Service


async def test_a_page_after_a_number_skips_what_is_deleted_and_leads_on(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    posted = [await bob.replies(topic, str(number)) for number in range(1, 29)]
    for message in posted[20:25]:
        await bob.deletes(message)
    path = f"/api/topics/{topic}/messages"
    answer = await service.client.get(path, params={"after": 20, "limit": 2})
    assert [message["number"] for message in answer.json()["items"]] == [26, 27]
    following = answer.links["next"]["url"]
    assert following == f"{path}?limit=2&cursor={answer.json()['next']}"
    rest = (await service.client.get(following)).json()
    assert rest == {"items": posted[27:], "next": None, "last_number": 28}
    for after, first in ((0, 1), (1, 2), (19, 20), (27, 28)):
        assert (await service.get(path, after=after, limit=1))["items"] == [posted[first - 1]]
    for after in (28, 2_147_483_647):
        assert await service.get(path, after=after) == {"items": [], "next": None, "last_number": 28}


async def test_a_page_tells_the_number_of_the_last_message_even_of_a_deleted_one(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    path = f"/api/topics/{topic}/messages"
    assert (await service.get(path))["last_number"] == 0
    posted = [await bob.replies(topic, str(number)) for number in range(3)]
    first = await service.client.get(path, params={"limit": 1})
    assert first.json()["last_number"] == 3
    await bob.deletes(posted[2])
    assert (await service.get(path, after=2)) == {"items": [], "next": None, "last_number": 3}
    await bob.replies(topic)
    again = await service.client.get(
        path, params={"limit": 1}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.json()["last_number"]) == (200, 4)
    assert again.json()["items"] == first.json()["items"], "only the last number is another"


@pytest.mark.parametrize("after", ["-1", "2147483648", "x", "1.5", ""])
async def test_what_no_number_can_be_is_422(service: Service, after: str) -> None:
    path = f"/api/topics/{await service.topic()}/messages"
    answer = await service.client.get(path, params={"after": after})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")


async def test_a_page_begins_after_a_number_or_a_cursor_not_both(service: Service) -> None:
    bob, topic = service.person(), await service.topic()
    await bob.replies(topic)
    await bob.replies(topic)
    path = f"/api/topics/{topic}/messages"
    cursor = (await service.get(path, limit=1))["next"]
    for after in (0, 1):
        answer = await service.client.get(path, params={"after": after, "cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")
    answer = await service.client.get(path, params={"after": 0, "cursor": "nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
