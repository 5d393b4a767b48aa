"""Accounts that come by an import."""

import asyncio
from datetime import UTC, datetime

from users_alone import PASSWORD, Service, accepted, refused, unique

from chassis.ids import uuid7
from users.administration import set_password
from users.loader import Record, load

THEN = datetime(1996, 2, 29, 12, 30, 0, 123456, UTC)


def record(username: str = "", **others: object) -> Record:
    name = username or unique()
    made = Record(uuid7(), name, f"Name of {name}", "", "member", "active", f"{name}@x", None, None, THEN)
    return made._replace(**others)  # type: ignore[arg-type]


async def test_who_comes_by_an_import_is_like_everybody_else(service: Service) -> None:
    grace = record()
    assert await load(service.database, [grace]) == 1
    user = accepted(await service.get(f"/api/users/{grace.username.upper()}"))
    assert (user["id"], user["display_name"]) == (str(grace.id), grace.display_name)
    assert user["created_at"] == "1996-02-29T12:30:00.123456Z"
    refused(await service.log_in(grace.username), 401, "bad_credentials")
    await set_password(service.database, grace.username, PASSWORD)
    accepted(await service.log_in(grace.username), 201)


async def test_loading_again_changes_nothing(service: Service) -> None:
    people = [record() for _ in range(50)]
    assert await load(service.database, people[:30]) == 30
    await set_password(service.database, people[0].username, PASSWORD)
    ada = await service.again(people[0].username)
    await ada.request("PATCH", "/api/users/me", json={"display_name": "A"})
    assert await load(service.database, people) == 20
    assert await load(service.database, people) == 0
    assert await load(service.database, []) == 0
    assert accepted(await ada.get("/api/users/me"))["display_name"] == "A"


async def test_two_loads_at_once_add_everybody_once(service: Service) -> None:
    people = [record() for _ in range(200)]
    added = await asyncio.gather(load(service.database, people), load(service.database, people))
    assert sum(added) == 200


async def test_a_name_that_is_taken_gets_the_end_of_the_id(service: Service) -> None:
    taken = (await service.register())["username"]
    people = [record(taken), record("Deleted"), *[record(unique("same")) for _ in range(1)]]
    people.append(people[2]._replace(id=uuid7(), email=None))
    assert await load(service.database, people) == 4
    assert await load(service.database, people) == 0
    names = {
        row["id"]: row["username"] for row in await service.query("SELECT id, username FROM users.users")
    }
    suffixed = [f"{p.username}-{str(p.id)[-6:]}" for p in people]
    assert [names[p.id] for p in people] == [suffixed[0], suffixed[1], people[2].username, suffixed[3]]
    accepted(await service.get(f"/api/users/{suffixed[0]}"))


async def test_of_one_address_there_is_one_account(service: Service) -> None:
    first, second = record(), record()
    assert await load(service.database, [first, second._replace(email=first.email)]) == 1


async def test_who_was_deleted_elsewhere_stays_so(service: Service) -> None:
    name = unique()
    gone = record("deleted", state="deleted", display_name="Deleted user", email=None)
    assert await load(service.database, [gone, gone._replace(id=uuid7(), reserved_name=name)]) == 2
    refused(await service.get("/api/users/deleted"), 404, "user_not_found")
    account = {"username": name, "password": PASSWORD}
    refused(await service.client.post("/api/users", json=account), 409, "username_taken")
    feed = accepted(await service.internal("/internal/changes/authors", limit=1000))["items"]
    assert {
        "id": str(gone.id),
        "username": "deleted",
        "display_name": "Deleted user",
        "state": "deleted",
    } in feed
