"""Waiting for what crosses services."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

ACROSS_SERVICES = 2.0  # seconds after which an answered write is visible to every service


def eventually(check: Callable[[], T], *, within: float = ACROSS_SERVICES) -> T:
    """What `check` returns once it raises no AssertionError; after `within` s, its last error."""
    deadline = time.monotonic() + within
    while True:
        late = time.monotonic() > deadline
        try:
            return check()
        except AssertionError:
            if late:
                raise
        time.sleep(0.02)
