"""Passwords: argon2id at OWASP's parameters, in threads of its own, never on the event loop.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.problem import Unavailable

THREADS = min(4, max(1, (os.cpu_count() or 1) - 1))  # one core is the event loop's
WAITING = 64  # at 32 ms each about 2 s: the router waits longer

# Of a password that nobody knows: who does not exist costs the time of who does.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$oNdsG4RJ5X+thOiHmSToDg$N276qUX7waPGV5GVNv31uctN5daXi7X/C7cAHOpF4DI"

P = ParamSpec("P")
R = TypeVar("R")


class Passwords:
    """Hashes and checks, a few at once and a bounded number waiting."""

    def __init__(self, *, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._most = threads + waiting
        self._taken = 0

    async def hash(self, password: str) -> str:
        """The hash to keep; Unavailable when too many wait."""
        return await self._run(self._hasher.hash, password)

    async def match(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one kept; Unavailable when too many wait. Nothing matches None,
        after as long a time."""
        return await self._run(self._verify, kept or NOBODY, password) and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._taken >= self._most:
            raise Unavailable("Too many passwords are being checked. Try again in a moment.")
        self._taken += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))
        finally:
            self._taken -= 1
