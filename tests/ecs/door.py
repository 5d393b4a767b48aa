"""Where a load balancer is reached: the emulator tells them apart by Host, people by their address."""

import contextlib
import http.client
import re
import socket
import socketserver
import threading
import time

from ecs.serving import Serving

LIMIT = 65_536  # bytes of a request's head, as of an Application Load Balancer's


class Door(Serving):
    """Passes requests at `address` on to the emulator at `port` of this machine, as those for the load
    balancer whose name begins with `name`. Where there is none, nobody answers.

    One request a connection, each byte as soon as it is there, so that streams stream.
    """

    def __init__(self, address: str, port: int, name: str) -> None:
        super().__init__(address, Visit)
        self.emulator = ("127.0.0.1", port)
        self.name = name
        self.asking = threading.Lock()
        self.asked_at = -1.0
        self.known = b""

    def balancer(self) -> bytes:
        """The load balancer's DNS name, as it was at most a second ago; empty for none."""
        with self.asking:
            if time.monotonic() > self.asked_at + 1:
                self.asked_at = time.monotonic()
                emulator = http.client.HTTPConnection(*self.emulator, timeout=10)
                emulator.request("GET", "/?Action=DescribeLoadBalancers&Version=2015-12-01")
                found = re.search(rf"<DNSName>({self.name}[^<]+)".encode(), emulator.getresponse().read())
                emulator.close()
                self.known = found[1] if found else b""
            return self.known


class Visit(socketserver.BaseRequestHandler):
    """One connection."""

    server: Door
    request: socket.socket

    def handle(self) -> None:
        if not (balancer := self.server.balancer()):
            return
        with contextlib.suppress(OSError), socket.create_connection(self.server.emulator) as emulator:
            emulator.sendall(addressed(self.head(), balancer))
            threading.Thread(target=pump, args=(self.request, emulator), daemon=True).start()
            pump(emulator, self.request)

    def head(self) -> bytes:
        """The request up to its first empty line, and what came along behind it."""
        head = b""
        while b"\r\n\r\n" not in head and len(head) < LIMIT:
            received = self.request.recv(LIMIT)
            if not received:
                break
            head += received
        return head


def addressed(head: bytes, host: bytes) -> bytes:
    """The same request, to that host, and the last of its connection."""
    fields, ending, body = head.partition(b"\r\n\r\n")
    first, *others = fields.split(b"\r\n")
    others = [line for line in others if not line.lower().startswith((b"host:", b"connection:"))]
    return b"\r\n".join([first, b"Host: " + host, *others, b"Connection: close"]) + ending + body


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Until one of them ends; the other learns of it."""
    with contextlib.suppress(OSError):
        while received := source.recv(65_536):
            sink.sendall(received)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
