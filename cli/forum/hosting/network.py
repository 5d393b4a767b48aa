"""Ports of this machine, and what answers on them."""

import asyncio
import errno
import random
import socket

CANDIDATES = range(20_000, 32_000)  # below the ports that systems give to outgoing connections


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there. Raises OSError for an address that is not this machine's."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def free_ports(count: int) -> list[int]:
    """That many loopback ports on which nobody listens."""
    candidates = (port for port in random.sample(CANDIDATES, len(CANDIDATES)) if is_free("127.0.0.1", port))
    return [next(candidates) for _ in range(count)]


async def status(host: str, port: int, path: str, seconds: float = 5) -> int | None:
    """The status of `GET path`, or None when nothing answers with one in time."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(
                    f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()
                )
                line = await reader.readline()
            finally:
                writer.close()
            return int(line.split(b" ")[1])
    except (OSError, ValueError, IndexError):
        return None


async def answering(host: str, port: int, path: str) -> None:
    """Wait until `GET path` has an answer that is no server's error."""
    while True:
        code = await status(host, port, path)
        if code is not None and code < 500:
            return
        await asyncio.sleep(0.05)
