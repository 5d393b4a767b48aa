"""The asyncio proxy, for machines without Docker: obeys the rules as an Application Load Balancer would."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Coroutine
from typing import Any

from router.access import AccessLog
from router.client import Client
from router.exchange import Exchange
from router.following import SharesFile
from router.health import watch
from router.match import matcher
from router.rules import Rules
from router.settings import Settings
from router.shares import MONOLITH, shared
from router.targets import Targets


class Proxy:
    """What all connections share. `port` is the one in use, which differs from the setting when that is 0."""

    def __init__(self, settings: Settings, rules: Rules, log: AccessLog | None = None) -> None:
        self.settings = settings
        self.loop = asyncio.get_running_loop()
        self._rules = rules
        self._shares = SharesFile(settings.shares) if settings.targets.get(MONOLITH) else None
        self.choose = matcher(rules)
        self.targets = Targets(settings.targets)
        self.clients: set[Client] = set()
        self.stopping = False
        self.port = settings.port
        self.name = settings.host.encode()
        self._log = log
        self._gone = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, and begin the health checks. Raises OSError when the address cannot be had."""
        if self._shares is not None:
            self._shares.look()
            self.choose = matcher(shared(self._rules, self._shares.shares))
            self.spawn(self._follow(self._shares))
        self._server = await self.loop.create_server(
            lambda: Client(self), self.settings.host, self.settings.port, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]
        for target in self.targets.all():
            self.spawn(watch(target, self.settings.health_interval))
        self.spawn(self._sweep())

    async def stop(self) -> None:
        """Take no more requests, let those in flight finish within `shutdown_seconds`, and end."""
        self.stopping = True
        if self._server is not None:
            self._server.close()
        for client in list(self.clients):
            client.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.shutdown_seconds):
                await self._all_gone()
        for client in list(self.clients):
            client.transport.abort()
        for target in self.targets.all():
            for upstream in list(target.idle):
                upstream.transport.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._log is not None:
            self._log.flush()

    def joined(self, client: Client) -> None:
        """A client has connected."""
        self.clients.add(client)

    def left(self, client: Client) -> None:
        """A client's connection has ended."""
        self.clients.discard(client)
        self._gone.set()

    async def _all_gone(self) -> None:
        while self.clients:
            self._gone.clear()
            await self._gone.wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside; it ends with the proxy at the latest."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, file: SharesFile) -> None:
        while True:
            await asyncio.sleep(self.settings.shares_interval)
            if file.look():
                self.choose = matcher(shared(self._rules, file.shares))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self.settings.sweep_interval)
            now = self.loop.time()
            for client in list(self.clients):
                client.check(now)
            for target in self.targets.all():
                for upstream in list(target.idle):
                    if now - upstream.idle_since > self.settings.idle_timeout:
                        target.idle.remove(upstream)
                        upstream.transport.close()

    def log(self, exchange: Exchange) -> None:
        """One finished request."""
        if self._log is None:
            return
        request = exchange.request
        self._log.add(
            time.time(), exchange.client.address.decode(), request.method, request.path, exchange.status,
            exchange.size, self.loop.time() - exchange.started, exchange.group,
            exchange.trace.decode("latin-1"),
        )  # fmt: skip

    def log_refused(self, client: Client, status: int) -> None:
        """Something that could not be read as a request."""
        if self._log is not None:
            self._log.add(time.time(), client.address.decode(), "-", "-", status, 0, 0.0, "", "")


async def serve(settings: Settings, rules: Rules) -> None:
    """Run until SIGTERM or SIGINT; then finish what is in flight. Raises OSError when it cannot listen."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    proxy = Proxy(settings, rules, AccessLog(loop, log_format=settings.log_format))
    await proxy.start()
    await stop.wait()
    await proxy.stop()
