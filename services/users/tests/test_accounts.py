"""Registration, profiles, passwords, leaving."""

import asyncio
import re
import uuid

import pytest
from users_alone import OTHER_PASSWORD, PASSWORD, Json, Person, Service, accepted, refused, unique

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


async def test_a_new_member_is_answered_without_a_secret(service: Service) -> None:
    name = unique("Eve-")
    answer = await service.client.post(
        "/api/users", json={"username": name, "password": PASSWORD, "display_name": " Eve  É\r\n"}
    )
    user = accepted(answer, 201)
    assert user.keys() == {"id", "username", "display_name", "bio", "role", "created_at"}
    assert (user["username"], user["display_name"], user["bio"]) == (name, " Eve  É\r\n", "")
    assert user["role"] == "member"
    assert uuid.UUID(user["id"]).version == 7
    assert TIME.fullmatch(user["created_at"])
    assert answer.headers["location"] == f"/api/users/{name}"
    assert accepted(await service.get(f"/api/users/{name.lower()}")) == user


async def test_without_a_display_name_it_is_the_username(service: Service) -> None:
    assert (user := await service.register())["display_name"] == user["username"]
    assert (user := await service.register(display_name=None))["display_name"] == user["username"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "ab"),
        ("username", "x" * 31),
        ("username", "ada lovelace"),
        ("username", "adà"),
        ("username", "ada\n"),
        ("username", 7),
        ("password", "x" * 9),
        ("password", "x" * 129),
        ("password", "0123456789\0"),
        ("display_name", ""),
        ("display_name", "x" * 61),
        ("display_name", "a\0b"),
        ("role", "admin"),
    ],
)
async def test_what_is_no_account_is_422(service: Service, field: str, value: object) -> None:
    account = {"username": unique(), "password": PASSWORD} | {field: value}
    refused(await service.client.post("/api/users", json=account), 422, "invalid", field)


async def test_lengths_are_in_code_points(service: Service) -> None:
    await service.register(password="🐴" * 10, display_name="🐴" * 60)


async def test_a_name_is_taken_in_any_case_and_deleted_is_nobodys(service: Service) -> None:
    name = unique()
    await service.register(name)
    for taken in (name, name.upper(), "deleted", "DELETED"):
        answer = await service.client.post("/api/users", json={"username": taken, "password": PASSWORD})
        refused(answer, 409, "username_taken")


async def test_of_many_who_want_a_name_at_once_one_gets_it(service: Service) -> None:
    account = {"username": unique(), "password": PASSWORD}
    answers = await asyncio.gather(*[service.client.post("/api/users", json=account) for _ in range(5)])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


@pytest.mark.parametrize("name", ["nobody-at-all", "deleted", "x" * 300, "%20", "%C3%A9", "%E2%84%AAelvin"])
async def test_nobody_is_404(service: Service, name: str) -> None:
    refused(await service.get(f"/api/users/{name}"), 404, "user_not_found")


async def test_only_ascii_folds(service: Service) -> None:
    name = unique("kelvin")
    await service.register(name)
    refused(await service.get(f"/api/users/\N{KELVIN SIGN}{name[1:]}"), 404)


async def test_every_user_is_listed_once_by_name_while_others_come(service: Service) -> None:
    prefix = unique("P")
    names = [f"{prefix}{letter}" for letter in "dbDacE"]
    for name in dict.fromkeys(name.lower() for name in names):
        await service.register(name)
    seen: list[str] = []
    async for page in service.pages(q=prefix, limit=2):
        assert len(page) <= 2
        seen += [user["username"] for user in page]
        if len(seen) == 2:
            await service.register(f"{prefix}-first")
    assert seen == [f"{prefix}{letter}".lower() for letter in "abcde"]


async def test_a_prefix_means_itself(service: Service) -> None:
    prefix = unique("q")
    for name in (f"{prefix}_a", f"{prefix}xa"):
        await service.register(name)
    assert await service.names(q=f"{prefix}_") == [f"{prefix}_a"]
    assert await service.names(q=f"{prefix}_".upper()) == [f"{prefix}_a"]
    assert await service.names(q=prefix[1:]) == []
    for nonsense in ("%", "é", "\U0010ffff", "x" * 5000):
        assert await service.names(q=nonsense) == []
    refused(await service.client.get("/api/users?q=%00"), 422, "invalid", "q")


async def test_a_cursor_is_of_one_list(service: Service) -> None:
    prefix = unique("c")
    for letter in "abc":
        await service.register(prefix + letter)
    page = accepted(await service.get("/api/users", q=prefix, limit=1))
    for wrong in ("", "x", page["next"][:-2], "é" * 30, "A" * 4000):
        refused(await service.get("/api/users", q=prefix, cursor=wrong), 400, "bad_cursor")
    refused(await service.get("/api/users", q=prefix[:-1], cursor=page["next"]), 400, "bad_cursor")
    for limit in ("0", "101", "x", "1.5", "9" * 30):
        refused(await service.get("/api/users", limit=limit), 422, "invalid", "limit")


async def test_a_known_answer_is_304(service: Service, ada: Person) -> None:
    for path in (f"/api/users/{ada.username}", f"/api/users?q={ada.username}"):
        answer = await service.client.get(path)
        again = await service.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_what_is_not_sent_stays(service: Service, ada: Person) -> None:
    async def change(**fields: str) -> Json:
        return accepted(await ada.request("PATCH", "/api/users/me", json=fields))

    assert (await change(display_name="A"))["bio"] == ""
    assert (await change(bio="Tea.\r\n"))["display_name"] == "A"
    assert (await change(bio=""))["bio"] == ""
    assert await change() == accepted(await service.get(f"/api/users/{ada.username}"))


@pytest.mark.parametrize(
    ("field", "value"),
    [("bio", "x" * 1001), ("bio", None), ("display_name", ""), ("display_name", None), ("role", "admin")],
)
async def test_what_is_no_profile_is_422(ada: Person, field: str, value: object) -> None:
    refused(await ada.request("PATCH", "/api/users/me", json={field: value}), 422, "invalid", field)


async def test_an_editor_who_read_an_older_version_is_412(ada: Person, admin: Person) -> None:
    read = await ada.get("/api/users/me")
    assert read.headers["etag"].startswith('"1-')
    tag = {"If-Match": read.headers["etag"]}
    changed = await ada.request("PATCH", "/api/users/me", json={"bio": "x"}, headers=tag)
    assert changed.headers["etag"].startswith('"2-')
    refused(await ada.request("PATCH", "/api/users/me", json={"bio": "y"}, headers=tag), 412)
    refused(await admin.changes(ada, tag, role="moderator"), 412, "precondition_failed")
    accepted(await admin.changes(ada, {"If-Match": changed.headers["etag"]}, role="member"))


async def test_a_change_of_nothing_is_no_new_version(ada: Person) -> None:
    answer = await ada.request("PATCH", "/api/users/me", json={"bio": ""})
    assert answer.headers["etag"].startswith('"1-')


async def test_changes_at_the_same_moment_all_count(ada: Person) -> None:
    await asyncio.gather(
        *[ada.request("PATCH", "/api/users/me", json={"bio": str(number)}) for number in range(5)]
    )
    assert (await ada.get("/api/users/me")).headers["etag"].startswith('"6-')


async def test_a_new_password_ends_other_sessions(service: Service, ada: Person) -> None:
    elsewhere = await service.again(ada)
    change = {"current": PASSWORD, "new": OTHER_PASSWORD}
    accepted(await ada.request("POST", "/api/users/me/password", json=change), 204)
    refused(await elsewhere.get("/api/users/me"), 401)
    refused(await elsewhere.refreshes(), 401, "bad_refresh_token")
    accepted(await ada.get("/api/users/me"))
    accepted(await ada.refreshes())
    refused(await service.log_in(ada.username), 401, "bad_credentials")
    accepted(await service.log_in(ada.username, OTHER_PASSWORD), 201)


async def test_a_password_is_changed_once_under_one_key(ada: Person) -> None:
    change = {"current": PASSWORD, "new": OTHER_PASSWORD}
    key = {"Idempotency-Key": unique()}
    for _ in range(2):
        accepted(await ada.request("POST", "/api/users/me/password", json=change, headers=key), 204)


async def test_who_does_not_know_the_password_changes_nothing(service: Service, ada: Person) -> None:
    for current in ("not this one", "short", ""):
        change = {"current": current, "new": OTHER_PASSWORD}
        refused(await ada.request("POST", "/api/users/me/password", json=change), 403, "bad_credentials")
        refused(await ada.leaves(current), 403, "bad_credentials")
    accepted(await service.log_in(ada.username), 201)


async def test_who_leaves_is_nowhere_and_the_name_stays_taken(
    service: Service, ada: Person, moderator: Person
) -> None:
    accepted(await ada.leaves(), 204)
    refused(await moderator.get(f"/api/users/{ada.username}"), 404, "user_not_found")
    refused(await moderator.changes(ada, state="active"), 404, "user_not_found")
    assert await service.names(q=ada.username) == []
    account = {"username": ada.username.upper(), "password": PASSWORD}
    refused(await service.client.post("/api/users", json=account), 409, "username_taken")
    refused(await service.log_in(ada.username), 401, "bad_credentials")
    refused(await ada.get("/api/users/me"), 401)
    refused(await ada.refreshes(), 401, "bad_refresh_token")
    refused(await ada.leaves(), 401)


async def test_nothing_personal_is_kept_of_who_left(service: Service, ada: Person) -> None:
    user = uuid.UUID(ada.id)
    await service.query(
        "UPDATE users.users SET email = $2, external_id = $2, bio = 'Tea' WHERE id = $1", user, ada.username
    )
    accepted(await ada.leaves(), 204)
    (row,) = await service.query("SELECT * FROM users.users WHERE id = $1", user)
    assert (row["username"], row["display_name"], row["state"]) == ("deleted", "Deleted user", "deleted")
    assert (row["bio"], row["email"], row["external_id"], row["password_hash"]) == ("", None, None, None)
    assert row["reserved_name"] == ada.username.lower()
    assert await service.query("SELECT FROM users.sessions WHERE user_id = $1", user) == []
