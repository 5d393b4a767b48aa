"""Where a load balancer is reached: the emulator tells them apart by Host, people by their address."""

import contextlib
import socket
import socketserver
import threading

LIMIT = 65_536  # bytes of a request's head, as of an Application Load Balancer's


class Door(socketserver.ThreadingTCPServer):
    """Passes requests at `address` on to the emulator at `port` of this machine, as those for host `name`.

    One request a connection, each byte as soon as it is there, so that streams stream.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: str, port: int, name: str) -> None:
        super().__init__((address, 0), Visit)
        self.emulator = ("127.0.0.1", port)
        self.name = name.encode()
        self.url = f"http://{address}:{self.server_address[1]}"

    def __enter__(self) -> "Door":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Visit(socketserver.BaseRequestHandler):
    """One connection."""

    server: Door
    request: socket.socket

    def handle(self) -> None:
        with contextlib.suppress(OSError), socket.create_connection(self.server.emulator) as emulator:
            emulator.sendall(self.renamed(self.head()))
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

    def renamed(self, head: bytes) -> bytes:
        """The same request, for the load balancer, and the last of its connection."""
        fields, ending, body = head.partition(b"\r\n\r\n")
        first, *others = fields.split(b"\r\n")
        others = [line for line in others if not line.lower().startswith((b"host:", b"connection:"))]
        ours = [b"Host: " + self.server.name, b"Connection: close"]
        return b"\r\n".join([first, *ours, *others]) + ending + body


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Until one of them ends; the other learns of it."""
    with contextlib.suppress(OSError):
        while received := source.recv(65_536):
            sink.sendall(received)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
