"""What stands between the AWS command line and the emulator: hears every call, and breaks some on request."""

import http.client
import json
import re
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

from ecs.calls import SILENCE, Call, Watch, subject_of
from ecs.serving import Serving

PASSED_ON_BY_NOBODY = {"connection", "transfer-encoding", "content-length"}
REFUSALS = {
    "json": {"refused": "AccessDeniedException", "throttled": "ThrottlingException"},
    "query": {"refused": "AccessDenied", "throttled": "Throttling"},
    "rest": {"refused": "AccessDenied", "throttled": "SlowDown"},
}


def refusal(kind: str, protocol: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """How AWS says in a protocol that somebody may not, or not so often: status, headers, body."""
    code = REFUSALS[protocol][kind]
    message = "You may not do this." if kind == "refused" else "Rate exceeded"
    if protocol == "json":
        body = json.dumps({"__type": code, "message": message})
        return 400, [("Content-Type", "application/x-amz-json-1.1")], body.encode()
    headers = [("Content-Type", "text/xml")]
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if protocol == "rest":
        return 403 if kind == "refused" else 503, headers, error.encode()
    return 400, headers, f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode()


class Gate(Serving):
    """Passes calls at `address` on to the emulator at `port` of this machine."""

    def __init__(self, address: str, port: int, watch: Watch) -> None:
        super().__init__(address, Visit)
        self.emulator = port
        self.watch = watch


class Visit(BaseHTTPRequestHandler):
    """One call of an AWS API."""

    server: Gate
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nowhere: a run's calls are in its watch."""

    def pass_on(self) -> None:
        body = self.body()
        protocol, call = self.asks(body)
        fault = self.server.watch.hear(call) if call else ""
        if fault in REFUSALS[protocol]:
            self.reply(*refusal(fault, protocol))
        elif not fault:
            self.reply(*self.ask_emulator(body))
        else:
            if fault == "unheard":
                self.ask_emulator(body)
            elif fault == SILENCE:
                self.connection.recv(1)  # until whoever waits has given up
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815  BaseHTTPRequestHandler's names

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def asks(self, body: bytes) -> tuple[str, Call | None]:
        """The protocol, and what is asked: nothing where no header is signed, as with a presigned address."""
        signed = re.search(r"Credential=[^/]*/\d+/[^/]*/([^/]+)/", self.headers.get("Authorization", ""))
        if not signed:
            return "rest", None
        service = signed[1]
        tried = re.search(r"attempt=(\d+)", self.headers["amz-sdk-request"])
        attempt = int(tried[1]) if tried else 1
        if target := self.headers.get("X-Amz-Target"):
            operation = target.rpartition(".")[2]
            return "json", Call(f"{service}:{operation}", subject_of(json.loads(body)), attempt=attempt)
        given = dict(parse_qsl(body.decode(errors="replace")))
        if operation := given.get("Action", ""):
            return "query", Call(f"{service}:{operation}", subject_of(given), attempt=attempt)
        depth = len(urlsplit(self.path).path.strip("/").split("/", 1))
        operation = f"{self.command} {['bucket', 'object'][depth - 1]}"
        return "rest", Call(f"{service}:{operation}", attempt=attempt)

    def ask_emulator(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        emulator = http.client.HTTPConnection("127.0.0.1", self.server.emulator)
        try:
            emulator.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in PASSED_ON_BY_NOBODY:
                    emulator.putheader(name, value)
            emulator.putheader("Content-Length", str(len(body)))
            emulator.endheaders(body)
            answer = emulator.getresponse()
            return answer.status, answer.getheaders(), self.with_registry(answer.read())
        finally:
            emulator.close()

    def with_registry(self, answer: bytes) -> bytes:
        """The emulator names its registry as AWS would, where it cannot be reached: here is where it can."""
        here = b'"repositoryUri": "127.0.0.1:%d/' % self.server.emulator
        return re.sub(rb'"repositoryUri":\s*"[^"/]+/', here, answer)

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        length = [value for name, value in headers if name.lower() == "content-length"]
        for name, value in headers:
            if name.lower() not in PASSED_ON_BY_NOBODY:
                self.send_header(name, value)
        of_head = self.command == "HEAD" and length
        self.send_header("Content-Length", length[0] if of_head else str(len(body)))
        self.end_headers()
        self.wfile.write(body)
