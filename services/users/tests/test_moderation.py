"""Roles and suspensions: who may, and what is always so."""

import asyncio
import uuid

import pytest
from users_alone import Person, Service, accepted, refused, unique

ACTIVE = {"state": "active"}


async def test_moderators_see_the_state_and_others_do_not(
    service: Service, ada: Person, moderator: Person, admin: Person
) -> None:
    path, row = f"/api/users/{ada.username}", f"/api/users?q={ada.username}"
    for person in (moderator, admin):
        assert accepted(await person.request("GET", path))["state"] == "active"
        assert accepted(await person.request("GET", row))["items"][0]["state"] == "active"
        assert accepted(await person.get("/api/users/me"))["state"] == "active"
        assert person.user["state"] == "active"
    for answer in (await service.client.get(path), await ada.request("GET", path)):
        assert "state" not in accepted(answer)


@pytest.mark.parametrize(
    ("change", "statuses"),
    [
        ({"role": "moderator"}, [403, 403, 200]),
        ({"state": "suspended"}, [403, 200, 200]),
        ({"role": "member", "state": "suspended"}, [403, 403, 200]),
        ({"role": "member"}, [403, 403, 200]),
        ({}, [403, 200, 200]),
    ],
)
async def test_who_may_change_whom(
    service: Service,
    bob: Person,
    moderator: Person,
    admin: Person,
    change: dict[str, str],
    statuses: list[int],
) -> None:
    for person, status in zip((bob, moderator, admin), statuses, strict=True):
        user = await service.register()
        answer = await person.changes(user["username"].upper(), **change)
        if status == 200:
            assert accepted(answer) == user | ACTIVE | change
        else:
            refused(answer, 403, "forbidden")
            assert (await admin.get(f"/api/users/{user['username']}")).json() == user | ACTIVE


@pytest.mark.parametrize("change", [{"role": "king"}, {"state": "deleted"}, {"role": None}, {"bio": "x"}])
async def test_what_is_no_change_is_422(ada: Person, admin: Person, change: dict[str, object]) -> None:
    refused(await admin.changes(ada, **change), 422, "invalid")


async def test_nobody_suspends_an_administrator(service: Service, moderator: Person, admin: Person) -> None:
    other = await service.admin()
    for person in (moderator, admin):
        refused(await person.changes(other, state="suspended"), 403, "forbidden")
    refused(await admin.changes(other, role="member", state="suspended"), 403, "forbidden")
    newcomer = await service.person()
    refused(await admin.changes(newcomer, role="admin", state="suspended"), 403, "forbidden")
    accepted(await other.get("/api/users/me"))


async def test_a_new_role_counts_from_the_next_token(service: Service, ada: Person, admin: Person) -> None:
    user = await service.register()
    accepted(await admin.changes(ada, role="moderator"))
    refused(await ada.changes(user["username"], state="suspended"), 403)
    ada.holds(accepted(await ada.refreshes()))
    assert ada.user["role"] == "moderator"
    accepted(await ada.changes(user["username"], state="suspended"))


async def test_the_last_administrator_stays_one(own_service: Service) -> None:
    admin = await own_service.admin()
    refused(await admin.changes(admin, role="member"), 403, "forbidden")
    refused(await admin.leaves(), 403, "forbidden")
    asleep = await own_service.suspended()
    accepted(await admin.changes(asleep, role="admin"))
    refused(await admin.changes(admin, role="member"), 403, "forbidden")
    accepted(await admin.changes(asleep, state="active"))
    accepted(await admin.changes(admin, role="member"))


@pytest.mark.parametrize("leaving", [False, True])
async def test_of_two_administrators_who_go_at_once_one_stays(own_service: Service, leaving: bool) -> None:
    for _ in range(3):
        await own_service.query("UPDATE users.users SET role = 'member'")
        one, other = await own_service.admin(), await own_service.admin()
        if leaving:
            going = [one.leaves(), other.leaves()]
        else:
            going = [one.changes(other, role="member"), other.changes(one, role="member")]
        answers = await asyncio.gather(*going)
        assert sorted(answer.status_code for answer in answers) == [204 if leaving else 200, 403]
        assert len(await own_service.query("SELECT FROM users.users WHERE role = 'admin'")) == 1


async def test_every_change_is_in_the_log_and_none_that_was_refused(
    service: Service, ada: Person, moderator: Person, admin: Person
) -> None:
    accepted(await admin.changes(ada, role="moderator", state="suspended"))
    accepted(await moderator.changes(ada, state="active"))
    accepted(await moderator.changes(ada, state="active"))
    refused(await moderator.changes(ada, role="member"), 403)
    rows = await service.query(
        "SELECT * FROM users.moderation_log WHERE target_id = $1 ORDER BY id", uuid.UUID(ada.id)
    )
    assert [(str(row["moderator_id"]), row["action"]) for row in rows] == [
        (admin.id, "role: moderator"),
        (admin.id, "state: suspended"),
        (moderator.id, "state: active"),
    ]


async def test_refusals_come_in_the_order_of_the_api(
    service: Service, ada: Person, moderator: Person, admin: Person
) -> None:
    path, tag = f"/api/users/{unique('nobody')}", {"If-Match": '"0-x"'}
    huge = b'{"role": "' + b"x" * 262_144 + b'"}'
    plain, json = {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}

    async def patch(
        person: Person | None, path: str, content: bytes, headers: dict[str, str]
    ) -> tuple[int, str]:
        token = {"Authorization": f"Bearer {person.token if person else 'x'}"}
        answer = await service.client.patch(path, content=content, headers=headers | token)
        return answer.status_code, answer.json()["code"]

    suspended = await service.suspended()
    assert await patch(None, path, huge, plain) == (413, "too_large")
    assert await patch(None, path, b"{", plain) == (415, "unsupported_media_type")
    assert await patch(None, path, b"{", json) == (400, "bad_request")
    assert await patch(None, path, b'{"role": 1}', json) == (401, "unauthorized")
    assert await patch(suspended, path, b'{"role": 1}', json) == (422, "invalid")
    assert await patch(suspended, path, b'{"role": "admin"}', json) == (404, "user_not_found")
    theirs = f"/api/users/{ada.username}"
    assert await patch(suspended, theirs, b'{"role": "admin"}', json | tag) == (403, "suspended")
    assert await patch(moderator, theirs, b'{"role": "admin"}', json | tag) == (403, "forbidden")
    assert await patch(admin, theirs, b'{"role": "admin"}', json | tag) == (412, "precondition_failed")
