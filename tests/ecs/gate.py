"""What stands between the AWS command line and the emulator: hears every call, and breaks some on request."""

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from ecs.serving import Serving

KINDS = ["refused", "throttled", "unanswered"]
PASSED_ON_BY_NOBODY = {"connection", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Fault:
    """Every call of `operation` fails in the way `kind` says."""

    operation: str
    kind: str

    def status(self, service: str) -> int:
        if self.kind == "refused":
            return 403 if service in ("s3", "ec2") else 400
        return 503 if service in ("s3", "ec2") else 400

    def answer(self, service: str, protocol: str) -> bytes:
        """The body of the refusal as that service words it."""
        code = CODES[protocol][KINDS.index(self.kind)]
        message = "You may not do this." if self.kind == "refused" else "Rate exceeded"
        if protocol == "json":
            return json.dumps({"__type": code, "message": message}).encode()
        error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        if service == "s3":
            return error.encode()
        if service == "ec2":
            return f"<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>".encode()
        return f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode()


CODES = {
    "json": ["AccessDeniedException", "ThrottlingException"],
    "query": ["AccessDenied", "Throttling"],
    "rest": ["AccessDenied", "SlowDown"],
}


@dataclass
class Watch:
    """What all gates of an installation share: the operations that were called, and the one to fail. Where
    there is none yet, `breaking` may choose one as it is called."""

    calls: list[str] = field(default_factory=list)
    fault: Fault | None = None
    breaking: Callable[[str], Fault | None] = lambda _: None


class Gate(Serving):
    """Passes calls at `address` on to the emulator at `port` of this machine."""

    def __init__(self, address: str, port: int, watch: Watch) -> None:
        super().__init__(address, Call)
        self.emulator = port
        self.watch = watch


class Call(BaseHTTPRequestHandler):
    """One call of an AWS API."""

    server: Gate
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nowhere: a run's calls are in its watch."""

    def pass_on(self) -> None:
        body = self.body()
        service, protocol, operation = self.asks(body)
        if service:
            self.server.watch.calls.append(operation)
            self.server.watch.fault = self.server.watch.fault or self.server.watch.breaking(operation)
        fault = self.server.watch.fault
        if fault is None or not service or fault.operation != operation:
            self.reply(*self.ask_emulator(body))
        elif fault.kind == "unanswered":
            self.close_connection = True
            self.connection.recv(1)  # until whoever waits has given up
        else:
            kind = "application/x-amz-json-1.1" if protocol == "json" else "text/xml"
            headers = [("Content-Type", kind)]
            self.reply(fault.status(service), headers, fault.answer(service, protocol))

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

    def asks(self, body: bytes) -> tuple[str, str, str]:
        """Service, protocol, and operation as `service:Operation`. No service where no header is signed, as
        with a presigned address."""
        signed = re.search(r"Credential=[^/]*/\d+/[^/]*/([^/]+)/", self.headers.get("Authorization", ""))
        service = signed[1] if signed else ""
        if target := self.headers.get("X-Amz-Target"):
            return service, "json", f"{service}:{target.rpartition('.')[2]}"
        if action := parse_qs(body.decode(errors="replace")).get("Action"):
            return service, "query", f"{service}:{action[0]}"
        depth = len(urlsplit(self.path).path.strip("/").split("/", 1))
        return service, "rest", f"{service}:{self.command} {['bucket', 'object'][depth - 1]}"

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
