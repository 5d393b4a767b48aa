"""`python -m chassis.probe`: whether the application in this container is ready, for its health check.

A plain socket, because http.client takes three times as long to import, and a check comes every few seconds.
"""

import os
import re
import socket
import sys

SECONDS = 2.0
REQUEST = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def status(port: int) -> int:
    """The status that /health/ready of this machine's `port` answers with, 0 for what is not HTTP. OSError
    when nobody answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(REQUEST)
        line = connection.makefile("rb").readline(100)
    found = ANSWER.match(line)
    return int(found[1]) if found else 0


def main() -> None:
    """Exits with 0 when it is 200, else with 1 and a line that says why."""
    port = int(os.environ.get("PORT", "8000"))
    try:
        found = status(port)
    except OSError as error:
        sys.exit(f"nobody answers on port {port}: {error}")
    if found != 200:
        sys.exit(f"/health/ready of port {port} answers {found}")


if __name__ == "__main__":
    main()
