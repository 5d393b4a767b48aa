import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from toys import Start, Toy, until

from router import rules
from router.proxy import Proxy
from router.settings import Settings

GROUPS = ("users", "topics", "messages", "web")


@pytest.fixture
async def toys() -> AsyncIterator[dict[str, Toy]]:
    """A toy service per target group."""
    started = {name: await Toy(name).start() for name in GROUPS}
    yield started
    for toy in started.values():
        await toy.stop()


@pytest.fixture
async def start(toys: dict[str, Toy]) -> AsyncIterator[Start]:
    """Start a proxy in front of the toys, with impatient settings and any others; it knows them healthy."""
    proxies: list[Proxy] = []
    usual = Settings(
        port=0,
        targets={name: (("127.0.0.1", toy.port),) for name, toy in toys.items()},
        shutdown_seconds=0.5,
        head_timeout=0.5,
        idle_timeout=0.5,
        health_interval=0.05,
        sweep_interval=0.05,
    )

    async def starter(**changes: Any) -> Proxy:
        proxy = Proxy(replace(usual, **changes), rules.load())
        await proxy.start()
        proxies.append(proxy)
        await until(lambda: all(target.healthy for target in proxy.targets.all()))
        return proxy

    yield starter
    for proxy in proxies:
        await proxy.stop()
    left = [target.outstanding for proxy in proxies for target in proxy.targets.all()]
    assert not any(left), "a target counts requests that have ended"
    await asyncio.sleep(0)


@pytest.fixture
async def port(start: Start) -> int:
    """The port of a proxy with usual settings."""
    return (await start()).port
