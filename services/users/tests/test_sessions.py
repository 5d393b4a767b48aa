"""Logging in, refreshing, devices, logging out."""

import asyncio
import uuid

import jwt
import pytest
from users_alone import PASSWORD, SECRET, Person, Service, accepted, refused, running, unique

from users.tokens import Tokens


async def test_a_session_is_a_pair_of_tokens_and_its_user(service: Service) -> None:
    user = await service.register()
    answer = await service.log_in(user["username"].upper())
    session = accepted(answer, 201)
    assert answer.headers["cache-control"] == "no-store"
    assert session.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "user"}
    assert (session["token_type"], session["expires_in"], session["user"]) == ("Bearer", 600, user)
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 600
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("forum", "forum", user["id"])
    assert (claims["username"], claims["display_name"], claims["role"]) == (
        (user["username"], user["display_name"], "member")
    )
    assert uuid.UUID(claims["sid"]).version == 7


async def test_a_wrong_password_and_an_unknown_name_read_alike(service: Service, ada: Person) -> None:
    wrong = await service.log_in(ada.username, "not this one")
    unknown = await service.log_in(unique(), "not this one")
    assert refused(wrong, 401, "bad_credentials") == refused(unknown, 401, "bad_credentials")


@pytest.mark.parametrize("name", ["", "é", "x" * 10_000, "\N{KELVIN SIGN}", "a b"])
async def test_what_can_be_no_name_is_merely_wrong(service: Service, name: str) -> None:
    refused(await service.log_in(name, ""), 401, "bad_credentials")


async def test_who_came_by_an_import_cannot_log_in(service: Service, ada: Person) -> None:
    await service.query("UPDATE users.users SET password_hash = NULL WHERE id = $1", uuid.UUID(ada.id))
    for password in ("", PASSWORD):
        refused(await service.log_in(ada.username, password), 401, "bad_credentials")


async def test_only_who_knows_the_password_is_told_of_the_suspension(service: Service) -> None:
    person = await service.suspended()
    refused(await service.log_in(person.username), 403, "suspended")
    refused(await service.log_in(person.username, "not this one"), 401, "bad_credentials")
    refused(await person.refreshes(), 403, "suspended")


async def test_a_suspension_that_was_lifted_leaves_no_trace(service: Service) -> None:
    person = await service.suspended()
    refused(await person.refreshes(), 403, "suspended")
    await service.query("UPDATE users.users SET state = 'active' WHERE id = $1", uuid.UUID(person.id))
    accepted(await person.refreshes())


async def test_a_suspended_user_reads_and_writes_nothing(service: Service) -> None:
    person = await service.suspended()
    accepted(await person.get("/api/users/me"))
    accepted(await person.get("/api/sessions"))
    refused(await person.request("PATCH", "/api/users/me", json={"bio": "x"}), 403, "suspended")
    refused(await person.request("PATCH", "/api/users/me", json={"bio": 1}), 422)
    refused(await person.leaves(), 403, "suspended")
    refused(await person.request("DELETE", "/api/sessions/current"), 403, "suspended")
    accepted(await person.get("/api/users/me"))


async def test_a_refresh_token_serves_once_and_a_second_use_ends_the_session(
    service: Service, ada: Person
) -> None:
    first = accepted(await ada.refreshes())
    assert first["refresh_token"] != ada.session["refresh_token"]
    refused(await ada.refreshes(), 401, "bad_refresh_token")
    ada.holds(first)
    refused(await ada.refreshes(), 401, "bad_refresh_token")
    refused(await ada.get("/api/users/me"), 401)
    refused(await ada.get(f"/api/users/{ada.username}"), 401)
    assert accepted(await service.get(f"/api/users/{ada.username}"))["id"] == ada.id


async def test_a_second_use_under_an_idempotency_key_ends_the_session_too(
    service: Service, ada: Person
) -> None:
    accepted(await ada.refreshes())
    pair = {"refresh_token": ada.session["refresh_token"]}
    key = {"Idempotency-Key": unique()}
    refused(await service.client.post("/api/sessions/refresh", json=pair, headers=key), 401)
    refused(await ada.get("/api/users/me"), 401)


async def test_of_refreshes_at_the_same_moment_one_serves(ada: Person) -> None:
    answers = await asyncio.gather(*[ada.refreshes() for _ in range(4)])
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    refused(await ada.get("/api/users/me"), 401)


async def test_refreshes_under_one_key_get_the_same_pair(service: Service, ada: Person) -> None:
    pair, key = {"refresh_token": ada.session["refresh_token"]}, {"Idempotency-Key": unique()}
    answers = await asyncio.gather(
        *[service.client.post("/api/sessions/refresh", json=pair, headers=key) for _ in range(4)]
    )
    first, *others = [accepted(answer) for answer in answers]
    assert all(other == first for other in others)
    ada.holds(first)
    accepted(await ada.refreshes())


async def test_a_stored_pair_is_not_readable_in_the_database(service: Service, ada: Person) -> None:
    pair, key = {"refresh_token": ada.session["refresh_token"]}, {"Idempotency-Key": unique()}
    accepted(await service.client.post("/api/sessions/refresh", json=pair, headers=key))
    rows = await service.query("SELECT answer FROM users.idempotency WHERE answer IS NOT NULL")
    assert rows
    assert not any(b"refresh_token" in row["answer"] for row in rows)


async def test_a_refresh_token_that_we_did_not_make_is_refused(service: Service, ada: Person) -> None:
    token = ada.session["refresh_token"]
    session = uuid.UUID(jwt.decode(ada.token, options={"verify_signature": False})["sid"])
    forger = Tokens(None, SECRET + "x", issuer="", audience="", lifetime=service.app.state.sessions_kept)  # type: ignore[arg-type]
    flipped = ("B" if token[0] == "A" else "A") + token[1:]
    for wrong in (
        "",
        "x",
        "é" * 40,
        token + "AAAA",
        flipped,
        ada.token,
        forger.refresh(session, 1),
        "A" * 5000,
    ):
        answer = await service.client.post("/api/sessions/refresh", json={"refresh_token": wrong})
        refused(answer, 401, "bad_refresh_token")
    unknown = service.app.state.tokens.refresh(uuid.uuid4(), 1)
    answer = await service.client.post("/api/sessions/refresh", json={"refresh_token": unknown})
    refused(answer, 401, "bad_refresh_token")
    accepted(await ada.refreshes())


async def test_a_session_unused_for_long_has_expired(service: Service, ada: Person) -> None:
    elsewhere = await service.again(ada)
    statement = "UPDATE users.sessions SET last_used_at = now() - $2::interval WHERE id = $1"
    session = uuid.UUID(jwt.decode(elsewhere.token, options={"verify_signature": False})["sid"])
    kept = service.app.state.sessions_kept
    await service.query(statement, session, kept * 0.99)
    elsewhere.holds(accepted(await elsewhere.refreshes()))
    await service.query(statement, session, kept * 1.01)
    refused(await elsewhere.refreshes(), 401, "bad_refresh_token")
    assert len(accepted(await ada.get("/api/sessions"))["items"]) == 1


async def test_a_session_goes_on_after_a_restart(service: Service, ada: Person) -> None:
    async with running(service.url) as restarted:
        pair = {"refresh_token": ada.session["refresh_token"]}
        session = accepted(await restarted.client.post("/api/sessions/refresh", json=pair))
    ada.holds(session)
    accepted(await ada.get("/api/users/me"))


async def test_devices_are_listed_last_used_first(service: Service, ada: Person) -> None:
    agent = "Teapot/1.0 " + "x" * 400
    session = accepted(await service.log_in(ada.username, **{"User-Agent": agent}), 201)
    teapot = Person(service.client, session)
    devices = accepted(await teapot.get("/api/sessions"))["items"]
    assert [device["current"] for device in devices] == [True, False]
    assert devices[0].keys() == {"id", "created_at", "last_used_at", "user_agent", "current"}
    assert devices[0]["user_agent"] == agent[:300]
    accepted(await ada.refreshes())
    devices = accepted(await teapot.get("/api/sessions"))["items"]
    assert [device["current"] for device in devices] == [False, True]
    assert devices[0]["last_used_at"] > devices[0]["created_at"]


async def test_a_session_ended_elsewhere_is_401_at_once(service: Service, ada: Person) -> None:
    elsewhere = await service.again(ada)
    (other,) = (d for d in accepted(await ada.get("/api/sessions"))["items"] if not d["current"])
    accepted(await ada.request("DELETE", f"/api/sessions/{other['id']}"), 204)
    refused(await elsewhere.get("/api/users/me"), 401, "unauthorized")
    refused(await elsewhere.get("/.well-known/jwks.json"), 401)
    refused(await elsewhere.refreshes(), 401, "bad_refresh_token")
    refused(await ada.request("DELETE", f"/api/sessions/{other['id']}"), 404, "session_not_found")


async def test_logging_out_ends_this_session_only(service: Service, ada: Person) -> None:
    elsewhere = await service.again(ada)
    accepted(await ada.request("DELETE", "/api/sessions/current"), 204)
    refused(await ada.request("DELETE", "/api/sessions/current"), 401)
    accepted(await elsewhere.get("/api/users/me"))


async def test_nobody_ends_the_session_of_somebody_else(ada: Person, bob: Person) -> None:
    (device,) = accepted(await ada.get("/api/sessions"))["items"]
    for name in (device["id"], str(uuid.uuid4()), "nonsense", "refresh"):
        refused(await bob.request("DELETE", f"/api/sessions/{name}"), 404, "session_not_found")
    accepted(await ada.get("/api/users/me"))
