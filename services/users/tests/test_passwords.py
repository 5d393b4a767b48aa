"""argon2id, in threads of its own."""

import asyncio
import time

import pytest

from chassis.problem import Unavailable
from users.passwords import NOBODY, Passwords


async def test_a_hash_is_argon2id_at_the_parameters_of_owasp() -> None:
    passwords = Passwords()
    kept = await passwords.hash("correct horse")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(kept) == len(NOBODY)
    assert await passwords.match(kept, "correct horse")
    assert not await passwords.match(kept, "correct hors")


@pytest.mark.parametrize("kept", [None, "", "nonsense", NOBODY])
async def test_nothing_matches_what_is_no_hash(kept: str | None) -> None:
    assert not await Passwords().match(kept, "")


async def test_who_does_not_exist_costs_the_time_of_who_does() -> None:
    passwords = Passwords()
    kept = await passwords.hash("correct horse")

    async def fastest(hashed: str | None) -> float:
        times = []
        for _ in range(5):
            started = time.process_time()  # of every thread; other processes do not disturb it
            await passwords.match(hashed, "not this one")
            times.append(time.process_time() - started)
        return min(times)

    assert 0.5 < await fastest(None) / await fastest(kept) < 2


async def test_the_loop_goes_on_while_passwords_are_hashed() -> None:
    passwords = Passwords(threads=1)
    hashing = asyncio.gather(*[passwords.hash("correct horse") for _ in range(4)])
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100


async def test_more_than_may_wait_are_turned_away_and_room_comes_back() -> None:
    passwords = Passwords(threads=1, waiting=2)
    answers = await asyncio.gather(*[passwords.hash("x") for _ in range(5)], return_exceptions=True)
    assert [isinstance(answer, Unavailable) for answer in answers] == [False, False, False, True, True]
    assert await passwords.hash("x")
