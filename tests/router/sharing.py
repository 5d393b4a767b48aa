"""Who answers while groups share with the monolith."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

from implementations import PLACES, Router
from toys import DEADLINE, Toy, answers, get, talk

from router.shares import RunningRouter

REQUEST = b"GET /api/users HTTP/1.1\r\nHost: a\r\n\r\n"


@dataclass
class Cutover(Router):
    """A running implementation in front of services and a monolith, and what sets their shares."""

    shares: RunningRouter


def targets(toys: dict[str, Toy]) -> dict[str, list[str]]:
    return {name: [f"127.0.0.1:{toy.port}"] for name, toy in toys.items()}


async def moved(cutover: Cutover, group: str, percent: int) -> None:
    """Give a group all of its requests, or none, and wait until it is so."""
    cutover.shares.set(group, percent)
    await served_by(cutover.port, group, group if percent else "monolith")


async def served_by(port: int, group: str, place: str) -> None:
    async with asyncio.timeout(DEADLINE):
        while True:
            answer = await get(port, PLACES[group])
            if answer.status == 200 and answer.shown["name"] == place:
                return
            await asyncio.sleep(0.01)


async def drawn(port: int, path: str, times: int) -> Counter[object]:
    """Who answered this many requests for a path."""
    asked = f"GET {path} HTTP/1.1\r\nHost: a\r\n".encode()
    got = answers(await talk(port, (asked + b"\r\n") * (times - 1) + asked + b"Connection: close\r\n\r\n"))
    assert [answer.status for answer in got] == [200] * times
    return Counter(answer.shown["name"] for answer in got)


@dataclass
class Load:
    """Requests one after the other on a few connections: when each began, and who answered."""

    port: int
    seen: list[tuple[float, object]] = field(default_factory=list)

    async def __call__(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while True:
                began = asyncio.get_running_loop().time()
                writer.write(REQUEST)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                answer = json.loads(await reader.readexactly(length)) if b" 200 " in head[:15] else {}
                self.seen.append((began, answer.get("name", head)))
        finally:
            writer.close()

    def since(self, moment: float) -> Counter[object]:
        return Counter(name for began, name in self.seen if began > moment)
