"""What a client is told when a service fails: a load balancer's statuses, and never the same POST twice."""

import asyncio
import socket
from dataclasses import dataclass, field

import pytest
from toys import DEADLINE, Asked, Start, Toy, answers, echo, get, talk, until


async def test_a_group_without_a_healthy_target_is_503_and_no_other_group_answers(
    port: int, toys: dict[str, Toy]
) -> None:
    await toys["users"].stop()
    await until_status(port, "/api/users", 503)
    assert (await get(port, "/api/topics")).status == 200
    assert not any(asked.target.startswith("/api/users") for toy in toys.values() for asked in toy.asked)
    await toys["users"].start()
    await until_status(port, "/api/users", 200)


async def until_status(port: int, path: str, status: int) -> None:
    async with asyncio.timeout(DEADLINE):
        while (await get(port, path)).status != status:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_refused_connection_is_502_and_then_503(start: Start, toys: dict[str, Toy]) -> None:
    proxy = await start(health_interval=60)
    await toys["web"].stop()
    assert (await get(proxy.port)).status == 502
    assert (await get(proxy.port)).status == 503
    await toys["web"].start()


async def test_a_service_that_is_not_ready_gets_no_requests(port: int, toys: dict[str, Toy]) -> None:
    toys["web"].ready = False
    await until_status(port, "/", 503)
    seen = len(toys["web"].asked)
    assert (await get(port)).status == 503
    assert len(toys["web"].asked) == seen


async def test_a_refused_request_goes_to_another_target_even_if_it_is_a_post(
    start: Start, toys: dict[str, Toy]
) -> None:
    other = await Toy("other").start()
    both = {name: [("127.0.0.1", toy.port)] for name, toy in toys.items()}
    both["web"].append(("127.0.0.1", other.port))
    proxy = await start(targets=both, health_interval=60)
    await toys["web"].stop()
    got = [await get(proxy.port, "/", method="POST", body=b"x") for _ in range(3)]
    assert [answer.shown["name"] for answer in got] == ["other"] * 3
    assert len(other.asked) == 3
    await other.stop()
    await toys["web"].start()


async def test_requests_go_to_the_target_with_the_fewest_in_flight(
    start: Start, toys: dict[str, Toy]
) -> None:
    other = await Toy("other").start()
    released = asyncio.Event()

    async def wait(asked: Asked, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if asked.target == "/slow":
            await released.wait()
        await echo(asked, "a", writer)

    toys["web"].answer = other.answer = wait
    both = {name: [("127.0.0.1", toy.port)] for name, toy in toys.items()}
    both["web"].append(("127.0.0.1", other.port))
    proxy = await start(targets=both, idle_timeout=DEADLINE)
    slow = asyncio.create_task(get(proxy.port, "/slow"))
    await until(lambda: bool(toys["web"].asked or other.asked))
    busy, free = (toys["web"], other) if toys["web"].asked else (other, toys["web"])
    for _ in range(4):
        await get(proxy.port, "/quick")
    assert (len(busy.asked), len(free.asked)) == (1, 4)
    released.set()
    await slow
    await other.stop()


async def test_no_answer_in_time_is_504_and_other_requests_do_not_wait(
    port: int, toys: dict[str, Toy]
) -> None:
    async def never(_: Asked, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await reader.read()

    toys["users"].answer = never
    slow = asyncio.create_task(get(port, "/api/users"))
    assert (await get(port)).status == 200
    assert (await slow).status == 504


GARBLED = [
    b"nonsense\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Le",
    b"",
]


@pytest.mark.parametrize("garbled", GARBLED)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_garbled_answer_is_502(port: int, toys: dict[str, Toy], garbled: bytes, method: str) -> None:
    async def give(_: Asked, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(garbled)
        writer.close()

    toys["web"].answer = give
    assert (await get(port, method=method)).status == 502
    assert len(toys["web"].asked) == 1


CUT = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalfx",
]


@pytest.mark.parametrize("cut", CUT)
async def test_half_an_answer_never_looks_like_a_whole_one(
    start: Start, toys: dict[str, Toy], cut: bytes
) -> None:
    async def give(_: Asked, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(cut)
        writer.close()

    toys["web"].answer = give
    proxy = await start(idle_timeout=60)
    two = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    try:
        received = await talk(proxy.port, two)
    except ConnectionResetError:
        return
    whole = [answer.status for answer in answers(received)] if received.startswith(b"HTTP/1.1 502") else []
    assert whole == [502, 502] or received.count(b"HTTP/1.1") <= 1
    assert not received.endswith(b"0\r\n\r\n")


async def test_bytes_behind_an_answer_are_never_another_clients_answer(
    port: int, toys: dict[str, Toy]
) -> None:
    async def give(asked: Asked, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await echo(asked, "web", writer)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")

    toys["web"].answer = give
    for _ in range(5):
        answer = await get(port)
        assert answer.shown["name"] == "web"
    assert toys["web"].connections == 5


async def test_a_connection_on_which_bytes_come_unasked_is_not_used_again(
    start: Start, toys: dict[str, Toy]
) -> None:
    proxy = await start(idle_timeout=60)
    writers: list[asyncio.StreamWriter] = []

    async def give(asked: Asked, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await echo(asked, "web", writer)

    toys["web"].answer = give
    await get(proxy.port)
    writers[0].write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
    await until(lambda: not proxy.targets.groups["web"][0].idle)
    assert (await get(proxy.port)).shown["name"] == "web"
    assert toys["web"].connections == 2


async def test_a_connection_with_half_a_body_on_it_is_not_used_again(
    start: Start, toys: dict[str, Toy]
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head.split(b" ")[0])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
        writer.close()

    heads: list[bytes] = []
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    targets = {name: [("127.0.0.1", toy.port)] for name, toy in toys.items()}
    targets["web"] = [("127.0.0.1", server.sockets[0].getsockname()[1])]
    proxy = await start(targets=targets, health_interval=60)
    (answer,) = answers(
        await talk(proxy.port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\nhalf")
    )
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert (await get(proxy.port)).status == 200
    assert heads == [b"GET", b"POST", b"GET"]
    server.close()


@dataclass
class Stale:
    """Answers the first request of a connection; at the second it closes without a word, as a service does
    that gave the connection up at the same moment."""

    port: int = 0
    seen: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = 0
        while line := await reader.readline():
            head = [line]
            while (line := await reader.readline()) not in (b"\r\n", b""):
                head.append(line)
            if b"/health/ready" in head[0]:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                break
            number += 1
            self.seen.append(head[0].decode().split(" ")[0])
            if number == 2:
                break
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()


@pytest.mark.parametrize(
    ("method", "status", "times"), [("GET", 200, 2), ("HEAD", 200, 2), ("POST", 502, 1), ("DELETE", 502, 1)]
)
async def test_only_a_get_or_head_is_sent_again_when_an_idle_connection_was_closed(
    start: Start, toys: dict[str, Toy], method: str, status: int, times: int
) -> None:
    stale = Stale()
    server = await asyncio.start_server(stale.serve, "127.0.0.1", 0)
    targets = {name: (("127.0.0.1", toy.port),) for name, toy in toys.items()}
    targets["web"] = (("127.0.0.1", server.sockets[0].getsockname()[1]),)
    proxy = await start(targets=targets)
    await get(proxy.port)
    stale.seen.clear()
    assert (await get(proxy.port, method=method)).status == status
    assert stale.seen == [method] * times
    server.close()


async def test_a_connection_that_is_not_made_in_time_is_504(start: Start, toys: dict[str, Toy]) -> None:
    proxy = await start(connect_timeout=0.2, health_interval=60)
    await toys["web"].stop()
    full = socket.socket()
    full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    full.bind(("127.0.0.1", toys["web"].port))
    full.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    assert (await get(proxy.port)).status == 504
    for one in (full, *waiting):
        one.close()
    await toys["web"].start()


async def test_a_client_that_leaves_ends_its_request_at_the_service(port: int, toys: dict[str, Toy]) -> None:
    gone = asyncio.Event()

    async def stream(_: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(b"3\r\n:\n\n\r\n")
        await reader.read()
        gone.set()

    toys["web"].answer = stream
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b":\n\n")
        writer.close()
        await gone.wait()


async def test_an_early_answer_to_a_long_body_arrives_and_ends_the_connection(
    port: int, toys: dict[str, Toy]
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readline()
        if b"/health" in first:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    await toys["web"].stop()
    server = await asyncio.start_server(refuse, "127.0.0.1", toys["web"].port)
    await until_status(port, "/", 413)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n"
    (answer,) = answers(await talk(port, head + b"x" * 100_000))
    assert answer.status == 413
    assert answer.headers["connection"] == "close"
    server.close()
    await server.wait_closed()
    await toys["web"].start()
