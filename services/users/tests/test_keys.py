"""Signing keys: the first one, rotation, retirement."""

import asyncio
from datetime import timedelta

import jwt
from users_alone import SECRET, Json, Person, Service, accepted, refused

from users.keys import HELD_SECONDS, SIGNS_AFTER, Keys

LIFETIME = timedelta(minutes=10)


def keys_of(service: Service, secret: str = SECRET) -> Keys:
    """As another task of the service has them."""
    return Keys(service.database, secret, lifetime=LIFETIME)


async def published(service: Service) -> list[Json]:
    keys: list[Json] = accepted(await service.get("/.well-known/jwks.json"))["keys"]
    return keys


async def pass_time(service: Service, passed: timedelta) -> None:
    await service.query(
        "UPDATE users.keys SET signs_from = signs_from - $1::interval, "
        "retires_at = retires_at - $1::interval",
        passed,
    )


async def test_tasks_that_start_at_once_make_one_key(own_service: Service) -> None:
    await own_service.query("DELETE FROM users.keys")
    made = await asyncio.gather(*[keys_of(own_service).ensure() for _ in range(4)])
    assert len({key.kid for key in made}) == 1
    assert [key["kid"] for key in await published(own_service)] == [made[0].kid]


async def test_only_the_public_half_is_published(service: Service, ada: Person) -> None:
    header = jwt.get_unverified_header(ada.token)
    (key,) = [key for key in await published(service) if key["kid"] == header["kid"]]
    assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", header["alg"])
    assert jwt.decode(ada.token, jwt.PyJWK(key), audience="forum", issuer="forum")["sub"] == ada.id
    (row,) = await service.query("SELECT * FROM users.keys WHERE kid = $1", header["kid"])
    signing = await keys_of(service).signing(service.database)
    assert signing.private.private_bytes_raw() not in row["private"]


async def test_a_rotated_key_is_published_before_it_signs(own_service: Service) -> None:
    first = await keys_of(own_service).ensure()
    kid = await keys_of(own_service).rotate()
    assert [key["kid"] for key in await published(own_service)] == [kid, first.kid]
    assert (await keys_of(own_service).signing(own_service.database)).kid == first.kid
    await pass_time(own_service, SIGNS_AFTER)
    assert (await keys_of(own_service).signing(own_service.database)).kid == kid


async def test_an_old_key_lives_as_long_as_a_token_that_it_signed(own_service: Service) -> None:
    ada = await own_service.person()
    (first,) = await published(own_service)
    kid = await keys_of(own_service).rotate()
    await pass_time(own_service, SIGNS_AFTER + LIFETIME)
    await keys_of(own_service).retire()
    assert first["kid"] in {key["kid"] for key in await published(own_service)}
    accepted(await ada.get("/api/users/me"))
    await pass_time(own_service, timedelta(minutes=2))
    await keys_of(own_service).retire()
    assert [key["kid"] for key in await published(own_service)] == [kid]
    (row,) = await own_service.query("SELECT * FROM users.keys WHERE kid = $1", first["kid"])
    assert (row["state"], row["private"]) == ("retired", None)


async def test_rotating_twice_retires_both_in_their_time(own_service: Service) -> None:
    await keys_of(own_service).ensure()
    await keys_of(own_service).rotate()
    (before,) = await own_service.query("SELECT retires_at FROM users.keys WHERE retires_at IS NOT NULL")
    newest = await keys_of(own_service).rotate()
    rows = await own_service.query("SELECT kid, retires_at FROM users.keys ORDER BY retires_at")
    assert rows[0]["retires_at"] == before["retires_at"]
    assert rows[1]["retires_at"] > before["retires_at"]
    assert (rows[2]["kid"], rows[2]["retires_at"]) == (newest, None)


async def test_under_another_secret_a_new_key_signs_and_the_old_one_verifies(own_service: Service) -> None:
    ada = await own_service.person()
    (first,) = await published(own_service)
    changed = await keys_of(own_service, SECRET + "x").ensure()
    assert changed.kid != first["kid"]
    assert {key["kid"] for key in await published(own_service)} == {changed.kid, first["kid"]}
    accepted(await ada.get("/api/users/me"))


async def test_the_key_in_hand_is_read_again_after_a_while(own_service: Service) -> None:
    keys = keys_of(own_service)
    first = await keys.signing(own_service.database)
    await keys.rotate()
    await pass_time(own_service, SIGNS_AFTER)
    assert await keys.signing(own_service.database) is first
    keys._read_at -= HELD_SECONDS
    assert (await keys.signing(own_service.database)).kid != first.kid


async def test_a_token_of_a_retired_key_is_401(own_service: Service) -> None:
    ada = await own_service.person()
    await own_service.query("UPDATE users.keys SET state = 'retired', private = NULL")
    own_service.app.state.verifier._read_at = float("-inf")
    refused(await ada.get("/api/users/me"), 401, "unauthorized")
