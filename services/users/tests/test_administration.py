"""What the forum command does with accounts, and the commands of the service."""

import asyncio
import os
import sys

import pytest
from users_alone import OTHER_PASSWORD, PASSWORD, SECRET, Service, accepted, refused, unique

from chassis.problem import Invalid
from users.administration import make_admin, set_password
from users.errors import UsernameTaken, UserNotFound


async def test_an_administrator_is_made_of_nothing(service: Service) -> None:
    name = unique("Root")
    assert await make_admin(service.database, name, PASSWORD) is True
    admin = await service.again(name)
    assert (admin.user["role"], admin.user["username"]) == ("admin", name)


async def test_or_of_somebody_who_is_there(service: Service) -> None:
    person = await service.suspended()
    assert await make_admin(service.database, person.username.upper(), OTHER_PASSWORD) is False
    refused(await person.get("/api/users/me"), 401)
    user = accepted(await service.log_in(person.username, OTHER_PASSWORD), 201)["user"]
    assert (user["id"], user["role"], user["state"]) == (person.id, "admin", "active")


async def test_a_new_password_ends_every_session(service: Service) -> None:
    person = await service.person()
    await set_password(service.database, person.username, OTHER_PASSWORD)
    refused(await person.get("/api/users/me"), 401)
    refused(await service.log_in(person.username), 401)
    accepted(await service.log_in(person.username, OTHER_PASSWORD), 201)


async def test_what_cannot_be_is_refused_in_words(service: Service) -> None:
    person = await service.person()
    accepted(await person.leaves(), 204)
    with pytest.raises(UsernameTaken):
        await make_admin(service.database, person.username, PASSWORD)
    with pytest.raises(UsernameTaken):
        await make_admin(service.database, "deleted", PASSWORD)
    with pytest.raises(UserNotFound):
        await set_password(service.database, person.username, PASSWORD)
    with pytest.raises(Invalid, match="username"):
        await make_admin(service.database, "a b", PASSWORD)
    with pytest.raises(Invalid, match="password"):
        await set_password(service.database, unique(), "short")


@pytest.mark.parametrize(
    ("command", "changes"),
    [("restored", "SELECT epoch FROM users.feed_epoch"), ("rotate-keys", "SELECT count(*) FROM users.keys")],
)
async def test_the_commands_do_what_they_say(own_service: Service, command: str, changes: str) -> None:
    await own_service.person()
    before = await own_service.query(changes)
    environment = os.environ | {"DATABASE_URL": own_service.url, "SECRET_KEY": SECRET}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "users", command, env=environment)
    assert await process.wait() == 0
    assert await own_service.query(changes) != before
