"""Raw bytes on a connection of their own, what comes back, and what the services saw of them."""

import asyncio
import re
from contextlib import suppress
from typing import NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families
from running import SERVICES, Running
from samples import REFUSED, gunicorn, llhttp
from toys import answers

# A path that no page of the samples asks the API for, so that all that arrive came from here.
AFTER = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\nX-Request-ID: after\r\nConnection: close\r\n\r\n"
SILENCE = 2.0  # seconds without a byte after which no answer is awaited any more
AT_ONCE = 32  # connections


class Verdict(NamedTuple):
    """How many answers came from an application, how many of these to the good request that followed, and
    the statuses of the answers that no application gave."""

    passed: int
    after: int
    refused: tuple[int, ...]


def requests() -> dict[str, bytes]:
    """Raw requests, good and bad: our own, and samples of gunicorn and llhttp where this machine has them."""
    found = {name: sent for name, (_, sent) in REFUSED.items()}
    for kind in ("valid", "invalid"):
        found |= {f"gunicorn {kind} {name}": sent for name, sent in gunicorn(kind)}
    return found | {f"llhttp {name}": sent for name, sent in llhttp()}


async def verdicts(port: int, sent: dict[str, bytes]) -> dict[str, Verdict]:
    """What becomes of each request when a good one follows it on its connection."""
    free = asyncio.Semaphore(AT_ONCE)

    async def verdict(request: bytes) -> Verdict:
        async with free:
            received = await converse(port, request + AFTER)
        methods = re.findall(r"^([A-Z]+) ", request.decode("latin-1"), re.MULTILINE)
        got = answers(received, *methods)
        ids = [answer.headers.get("x-request-id") for answer in got]
        refused = tuple(answer.status for answer, known in zip(got, ids, strict=True) if not known)
        return Verdict(len(got) - len(refused), ids.count("after"), refused)

    return dict(zip(sent, await asyncio.gather(*map(verdict, sent.values())), strict=True))


async def converse(port: int, sent: bytes) -> bytes:
    """All that comes back until the connection ends or there is silence."""
    received = b""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError, TimeoutError):
        writer.write(sent)
        while piece := await asyncio.wait_for(reader.read(1 << 16), SILENCE):
            received += piece
    writer.close()
    return received


def seen(deployment: Running) -> int:
    """How many of the good requests that follow its applications have seen since they started."""
    return sum(
        int(sample.value)
        for name in SERVICES[deployment.topology]
        for family in text_string_to_metric_families(
            httpx.get(f"{deployment.processes[name].private_url}/metrics", trust_env=False).text
        )
        for sample in family.samples
        if sample.name == "http_requests_total" and sample.labels["route"] == "/.well-known/jwks.json"
    )
