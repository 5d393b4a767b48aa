"""Servers of a test run, each in a thread of its own."""

import socketserver
import threading
from typing import Self


class Serving(socketserver.ThreadingTCPServer):
    """At `url` for as long as it is entered."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: str, handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__((address, 0), handler)
        self.url = f"http://{address}:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
