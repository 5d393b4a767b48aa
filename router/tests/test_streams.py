"""Bodies flow through as they come, and a slow side slows the other down instead of filling memory."""

import asyncio
import resource
import socket

from toys import DEADLINE, Asked, Start, Toy, until

HUGE = 256 * 1024 * 1024
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_each_event_arrives_at_once(port: int, toys: dict[str, Toy]) -> None:
    turn = asyncio.Queue[int]()

    async def stream(_: Asked, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM)
        for _number in range(3):
            await turn.get()
            writer.write(b"9\r\ndata: x\n\n\r\n")
        writer.write(b"0\r\n\r\n")

    toys["web"].answer = stream
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        for number in range(3):
            turn.put_nowait(number)
            assert await reader.readuntil(b"\n\n\r\n") == b"9\r\ndata: x\n\n\r\n"
        assert await reader.read() == b"0\r\n\r\n"
        writer.close()


async def test_a_stream_that_beats_outlives_the_idle_timeout(start: Start, toys: dict[str, Toy]) -> None:
    proxy = await start(idle_timeout=0.4)

    async def stream(_: Asked, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM)
        for _number in range(10):
            await asyncio.sleep(0.1)
            writer.write(b"3\r\n:\n\n\r\n")
        writer.write(b"0\r\n\r\n")

    toys["web"].answer = stream
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = await reader.read()
        writer.close()
    assert received.count(b":\n\n") == 10
    assert received.endswith(b"0\r\n\r\n")


async def test_a_client_that_reads_slowly_stops_the_service(start: Start, toys: dict[str, Toy]) -> None:
    proxy = await start(idle_timeout=1)
    sent = 0

    async def pour(_: Asked, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % HUGE)
        piece = bytes(1 << 16)
        while sent < HUGE:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    toys["web"].answer = pour
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    client = socket.create_connection(("127.0.0.1", proxy.port))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    last = -1
    async with asyncio.timeout(DEADLINE):
        while last != sent or not sent:
            last = sent
            await asyncio.sleep(0.2)
    assert sent < HUGE / 4, "the answer is piling up"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    client.close()


SOME = 100_000


async def hundred_thousand(_: Asked, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SOME + bytes(SOME))
    await writer.drain()


async def test_a_client_that_asks_and_does_not_read_waits_for_itself(
    start: Start, toys: dict[str, Toy]
) -> None:
    toys["web"].answer = hundred_thousand
    proxy = await start(idle_timeout=DEADLINE)
    many = 300
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", proxy.port))
    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * many + b"GET / HTTP/1.0\r\n\r\n")
    last = -1
    async with asyncio.timeout(DEADLINE):
        while last != len(toys["web"].asked) or not last:
            last = len(toys["web"].asked)
            await asyncio.sleep(0.2)
    assert last < many / 2, "answers are piling up"
    reader, writer = await asyncio.open_connection(sock=client)
    async with asyncio.timeout(DEADLINE * 3):
        received = await reader.read()
    writer.close()
    assert received.count(b"HTTP/1.1 200 OK") == many + 1
    assert len(received) > SOME * many


async def test_a_client_that_never_reads_is_cut_off(start: Start, toys: dict[str, Toy]) -> None:
    toys["web"].answer = hundred_thousand
    proxy = await start()
    client = socket.create_connection(("127.0.0.1", proxy.port))
    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 500)
    await until(lambda: bool(proxy.clients))
    await until(lambda: not proxy.clients)
    client.close()


async def test_a_service_that_reads_slowly_stops_the_client(start: Start, toys: dict[str, Toy]) -> None:
    proxy = await start(max_body=HUGE, idle_timeout=DEADLINE)
    await toys["web"].stop()
    released = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"/health" in await reader.readline():
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            await released.wait()
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", toys["web"].port, limit=1024)
    sent = 0

    async def pour() -> None:
        nonlocal sent
        _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % HUGE)
        piece = bytes(1 << 16)
        try:
            while sent < HUGE:
                writer.write(piece)
                await writer.drain()
                sent += len(piece)
        finally:
            writer.transport.abort()

    pouring = asyncio.create_task(pour())
    last = -1
    async with asyncio.timeout(DEADLINE):
        while last != sent or not sent:
            last = sent
            await asyncio.sleep(0.2)
    assert sent < HUGE / 4, "the body is piling up"
    pouring.cancel()
    released.set()
    server.close()
    await server.wait_closed()
    await toys["web"].start()
