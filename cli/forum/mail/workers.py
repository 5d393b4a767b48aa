"""Work in processes beside ours: reading and rendering is where an import spends its time."""

import asyncio
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import wait
from typing import TypeVar

AHEAD = 4  # pieces of work per worker that wait or are being done

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """As many processes as there are cores; begun when there is work for them."""

    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool, self._count = pool, count

    async def map(
        self, work: Callable[[list[Item]], list[Result]], items: Iterable[Item], size: int
    ) -> AsyncIterator[Result]:
        """The results of `work`, done to `size` items at a time, in the order of the items."""
        loop = asyncio.get_running_loop()
        doing: deque[asyncio.Future[list[Result]]] = deque()
        for piece in pieces(items, size):
            doing.append(loop.run_in_executor(self._pool, work, piece))
            while len(doing) > AHEAD * self._count or (doing and doing[0].done()):
                for result in await doing.popleft():
                    yield result
        while doing:
            for result in await doing.popleft():
                yield result


@contextmanager
def workers() -> Iterator[Workers]:
    """Processes for the block. They end with ours, also when ours is killed."""
    count = min(os.cpu_count() or 1, 4)
    context = multiprocessing.get_context("spawn")  # a fork beside threads may hang
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_end_with_parent)
    try:
        yield Workers(pool, count)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def pieces(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_after, args=(parent.sentinel,), daemon=True).start()


def _leave_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
