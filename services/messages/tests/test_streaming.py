"""The live stream: on a real socket what clients see, and the poll behind it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from messages_alone import Json, Service, listening

from messages import stream
from messages.main import create_app
from messages.stream import BACKLOG, LiveStreams, Reader

OnASocket = tuple[str, FastAPI]


class Stream:
    """A client's end: events as (id, Message), comments apart."""

    def __init__(self, response: httpx.Response) -> None:
        self.response, self.lines = response, response.aiter_lines()

    async def line(self) -> str:
        async with asyncio.timeout(5):
            return await anext(self.lines)

    async def next(self) -> tuple[int, Json]:
        fields: dict[str, str] = {}
        while True:
            name, _, value = (await self.line()).partition(": ")
            if name:
                fields[name] = value
            elif "data" in fields:
                assert fields["event"] == "message"
                return int(fields["id"]), json.loads(fields["data"])

    async def numbers(self, count: int) -> list[int]:
        return [(await self.next())[0] for _ in range(count)]

    async def ends(self) -> None:
        async with asyncio.timeout(5):
            async for line in self.lines:
                assert not line.startswith("data"), line


@asynccontextmanager
async def streaming(url: str, topic: UUID, **headers: str) -> AsyncIterator[Stream]:
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("GET", f"{url}/api/topics/{topic}/messages/stream", headers=headers) as response,
    ):
        yield Stream(response)


async def nobody_watches(live: LiveStreams) -> None:
    async with asyncio.timeout(10):
        while len(live):  # noqa: ASYNC110  the server notices by itself
            await asyncio.sleep(0.01)


async def test_a_stream_begins_with_a_comment_and_goes_on_from_now(
    service: Service, on_a_socket: OnASocket
) -> None:
    """Messages come from another process here: the app on the socket did not write them."""
    bob, topic = service.person(), await service.topic()
    await bob.replies(topic)
    async with streaming(on_a_socket[0], topic) as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        assert events.response.headers["cache-control"] == "no-store"
        assert events.response.headers["x-accel-buffering"] == "no"
        assert (await events.line()).startswith(":")
        second = await bob.replies(topic, "Two\nlines")
        assert await events.next() == (2, second)


async def test_events_come_in_the_order_of_numbers_without_gaps(
    service: Service, on_a_socket: OnASocket
) -> None:
    people, topic = [service.person() for _ in range(5)], await service.topic()
    async with streaming(on_a_socket[0], topic) as one, streaming(on_a_socket[0], topic) as two:
        await asyncio.gather(*(people[i % 5].replies(topic, str(i)) for i in range(50)))
        assert await one.numbers(50) == list(range(1, 51))
        assert await two.numbers(50) == list(range(1, 51))


async def test_a_stream_resumes_after_the_last_event_even_a_deleted_one(
    service: Service, on_a_socket: OnASocket
) -> None:
    bob, topic = service.person(), await service.topic()
    posted = [await bob.replies(topic, str(i)) for i in range(5)]
    await bob.deletes(posted[1])
    await bob.deletes(posted[3])
    for last, rest in (("0", [1, 3, 5]), ("2", [3, 5]), ("3", [5])):
        async with streaming(on_a_socket[0], topic, **{"Last-Event-ID": last}) as events:
            assert await events.numbers(len(rest)) == rest


@pytest.mark.parametrize("last", ["", "nonsense", "-1", "99999999999999999999", "²"])
async def test_a_last_event_that_never_was_means_from_now_on(
    service: Service, on_a_socket: OnASocket, last: str
) -> None:
    bob, topic = service.person(), await service.topic()
    await bob.replies(topic)
    async with streaming(on_a_socket[0], topic, **{"Last-Event-ID": last.encode()}) as events:  # type: ignore[arg-type]
        await events.line()
        await bob.replies(topic)
        assert await events.numbers(1) == [2]


async def test_a_long_way_behind_is_caught_up_in_order(
    service: Service, on_a_socket: OnASocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BACKLOG", 7)
    bob, topic = service.person(), await service.topic()
    for number in range(30):
        await bob.replies(topic, str(number))
    async with streaming(on_a_socket[0], topic, **{"Last-Event-ID": "0"}) as events:
        assert await events.numbers(30) == list(range(1, 31))
        await bob.replies(topic)
        assert await events.numbers(1) == [31]


async def test_edits_and_deletions_are_not_sent(service: Service, on_a_socket: OnASocket) -> None:
    bob, topic = service.person(), await service.topic()
    async with streaming(on_a_socket[0], topic) as events:
        first = await bob.replies(topic)
        assert await events.numbers(1) == [1]
        await bob.edits(first, "Edited")
        await bob.deletes(first)
        await bob.replies(topic)
        assert await events.numbers(1) == [2]


async def test_a_stream_ends_with_its_topic(service: Service, on_a_socket: OnASocket) -> None:
    topic = await service.topic()
    async with streaming(on_a_socket[0], topic) as events:
        await events.line()
        await service.turns(topic, "deleted")
        await events.ends()


async def test_streams_end_at_once_when_the_application_stops(service: Service) -> None:
    topic = await service.topic()
    app = create_app(service.settings, transport=service.peers.transport)
    async with listening(app, service.settings) as url, streaming(url, topic) as events:
        await events.line()
        app.state.stopping.set()
        await events.ends()
        async with streaming(url, topic) as late:
            await late.ends()


async def test_a_quiet_stream_has_a_comment_now_and_then(
    service: Service, on_a_socket: OnASocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    async with streaming(on_a_socket[0], await service.topic()) as events:
        assert [await events.line() for _ in range(5)] == [":", "", ":", "", ":"]


async def test_who_leaves_is_forgotten(service: Service, on_a_socket: OnASocket) -> None:
    url, app = on_a_socket
    live: LiveStreams = app.state.live_streams
    async with streaming(url, await service.topic()) as events:
        await events.line()
        assert len(live) == 1
    await nobody_watches(live)


async def test_who_takes_nothing_is_dropped(
    service: Service, on_a_socket: OnASocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.2)
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    url, app = on_a_socket
    live: LiveStreams = app.state.live_streams
    bob, topic = service.person(), await service.topic()
    for _ in range(80):  # 5 MB of events: more than the kernel takes for the client
        await bob.replies(topic, "x" * 32_000)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        loop, place = asyncio.get_running_loop(), httpx.URL(url)
        await loop.sock_connect(client, (place.host, place.port))
        path = f"/api/topics/{topic}/messages/stream"
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 0\r\n\r\n"
        await loop.sock_sendall(client, request.encode())
        await loop.sock_recv(client, 100)
        assert len(live) == 1
        await nobody_watches(live)


async def test_a_full_backlog_takes_no_more_and_asks_again_when_it_is_taken() -> None:
    woken: list[bool] = []
    reader = Reader(UUID(int=1), 0, lambda: woken.append(True))
    for number in range(1, BACKLOG + 10):
        reader.offer(number, b"%d " % number)
    assert (reader.position, reader.has_room, woken) == (BACKLOG, False, [])
    assert (await reader.take()).split()[-1] == b"%d" % BACKLOG
    assert (reader.has_room, woken) == (True, [True])
    reader.offer(BACKLOG + 1, b"next")
    reader.close()
    assert [await reader.take(), await reader.take()] == [b"next", b""]


async def test_one_poll_serves_all_streams_each_with_what_it_has_not(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics, bob = [await service.topic() for _ in range(3)], service.person()
    for topic in (*topics, *topics):
        await bob.replies(topic, "hello")
    live = LiveStreams(service.app.state.database)
    readers = [live.watch(topic, position) for topic in topics for position in (0, 1)]
    asked: list[Any] = []
    all_rows = service.app.state.database.all

    async def counting(*args: Any, **how: Any) -> Any:
        asked.append(args)
        return await all_rows(*args, **how)

    monkeypatch.setattr(service.app.state.database, "all", counting)
    assert await live.poll() is False
    assert len(asked) == 1
    for reader, numbers in zip(readers, [[b"1", b"2"], [b"2"]] * 3, strict=True):
        events = (await reader.take()).split(b"\n\n")[:-1]
        assert [event.split(b"\n")[0] for event in events] == [b"id: " + number for number in numbers]


async def test_who_begins_to_watch_wakes_the_poll(service: Service) -> None:
    """Nothing else might happen for seconds, and somebody who resumes is owed what there is."""
    live, quiet = LiveStreams(service.app.state.database), Quiet()
    app: Any = SimpleNamespace(state=SimpleNamespace(wakeup=quiet))
    running = asyncio.create_task(live.run(app))
    live.watch(await service.topic(), 0)
    await quiet.waiting.wait()
    woken = quiet.woken
    live.watch(await service.topic(), 0)
    assert quiet.woken == woken + 1
    running.cancel()


class Quiet:
    """A wakeup in a forum where nothing happens."""

    def __init__(self) -> None:
        self.waiting, self.woken = asyncio.Event(), 0

    def now(self) -> None: ...

    def wake(self) -> None:
        self.woken += 1

    async def wait(self, *_: object) -> None:
        self.waiting.set()
        await asyncio.Event().wait()
