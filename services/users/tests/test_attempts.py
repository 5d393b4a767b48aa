"""Ten failed log-ins in a quarter of an hour, for one username and address."""

import asyncio
from base64 import b64encode

import pytest
from users_alone import PASSWORD, Service, accepted, refused, running, unique

from users.attempts import MOST
from users.passwords import Passwords

WRONG = "not this one"


async def fail(service: Service, username: str, times: int = MOST, **headers: str) -> None:
    for _ in range(times):
        refused(await service.log_in(username, WRONG, **headers), 401, "bad_credentials")


async def test_after_ten_failures_the_right_password_waits(service: Service) -> None:
    username = (await service.register())["username"]
    await fail(service, username.upper())
    answer = await service.log_in(username)
    refused(answer, 429, "too_many_failures")
    assert 880 <= int(answer.headers["retry-after"]) <= 900
    await service.query(
        "UPDATE users.login_attempts SET failures[1] = failures[1] - interval '16 minutes' "
        "WHERE cardinality(failures) = 10"
    )
    accepted(await service.log_in(username), 201)


async def test_a_name_that_nobody_has_waits_as_well(service: Service) -> None:
    name = unique()
    await fail(service, name)
    refused(await service.log_in(name, WRONG), 429)


async def test_guesses_at_the_same_moment_do_not_pass_the_limit(service: Service) -> None:
    username = (await service.register())["username"]
    answers = await asyncio.gather(*[service.log_in(username, WRONG) for _ in range(3 * MOST)])
    assert sorted(answer.status_code for answer in answers) == [401] * MOST + [429] * 2 * MOST


async def test_a_success_is_no_failure_and_takes_none_back(service: Service) -> None:
    username = (await service.register())["username"]
    await fail(service, username, MOST - 1)
    for _ in range(3):
        accepted(await service.log_in(username), 201)
    await fail(service, username, 1)
    refused(await service.log_in(username), 429)


async def test_failures_under_an_idempotency_key_count(service: Service) -> None:
    username = (await service.register())["username"]
    for number in range(MOST):
        key = {"Idempotency-Key": f"{username}-{number}"}
        refused(await service.log_in(username, WRONG, **key), 401, "bad_credentials")
    refused(await service.log_in(username), 429)


async def test_only_the_address_that_our_router_saw_counts(service: Service) -> None:
    username = (await service.register())["username"]
    for number in range(MOST):
        await fail(service, username, 1, **{"X-Forwarded-For": f"192.0.2.{number}, 198.51.100.7"})
    refused(await service.log_in(username, **{"X-Forwarded-For": "198.51.100.7"}), 429)
    accepted(await service.log_in(username, **{"X-Forwarded-For": "198.51.100.7, 198.51.100.8"}), 201)


@pytest.mark.parametrize(
    ("hops", "forwarded", "same"),
    [
        (0, "192.0.2.1", True),
        (2, "192.0.2.1, 198.51.100.7", False),
        (2, "198.51.100.7", True),
    ],
)
async def test_hops_say_which_address_to_trust(
    service: Service, hops: int, forwarded: str, same: bool
) -> None:
    async with running(service.url, trusted_hops=hops) as behind:
        username = (await behind.register())["username"]
        await fail(behind, username)  # from the peer's own address
        answer = await behind.log_in(username, **{"X-Forwarded-For": forwarded})
    assert answer.status_code == (429 if same else 201)


VISITOR = "Visitor-Address"


def as_caller(name: str, key: str) -> dict[str, str]:
    """How a caller shows its key."""
    return {"Authorization": f"Basic {b64encode(f'{name}:{key}'.encode()).decode()}"}


async def test_the_web_front_end_says_where_its_visitor_is(service: Service) -> None:
    username = (await service.register())["username"]
    ours = as_caller("web", "web-key")
    await fail(service, username, MOST, **ours, **{VISITOR: "2001:db8::1"})
    refused(await service.log_in(username, **ours, **{VISITOR: "2001:db8::1"}), 429)
    accepted(await service.log_in(username, **ours, **{VISITOR: "192.0.2.1"}), 201)
    accepted(await service.log_in(username), 201)


@pytest.mark.parametrize(
    "shown",
    [
        {},
        as_caller("web", "guessed"),
        as_caller("web", "é"),
        as_caller("web", ""),
        as_caller("topics", "topics-key"),
        {"Authorization": "Bearer web-key"},
    ],
)
async def test_nobody_else_says_where_they_are(service: Service, shown: dict[str, str]) -> None:
    username = (await service.register())["username"]
    for number in range(MOST):
        await fail(service, username, 1, **shown, **{VISITOR: f"192.0.2.{number}"})
    refused(await service.log_in(username, **shown, **{VISITOR: "198.51.100.7"}), 429)


async def test_a_log_in_that_found_no_room_is_no_failure(service: Service) -> None:
    username = (await service.register())["username"]
    async with running(service.url) as full:
        full.app.state.passwords = Passwords(threads=1, waiting=-1)
        for _ in range(MOST + 1):
            answer = await full.log_in(username, PASSWORD)
            refused(answer, 503, "unavailable")
            assert answer.headers["retry-after"]
    accepted(await service.log_in(username), 201)
