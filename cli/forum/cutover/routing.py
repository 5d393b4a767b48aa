"""The routers of a cutover, which follow: correctness never depends on them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol


class Shares(Protocol):
    """What a router shares out: of each group's requests, how many in a hundred the service gets."""

    def of(self, group: str) -> int: ...


class Router(Protocol):
    """A router that runs."""

    def read(self) -> Shares: ...
    def set(self, group: str, percent: int) -> None: ...


class Routers:
    """All of them; with none, the person who moves the forum is told what to do."""

    def __init__(self, running: Sequence[Router] = ()) -> None:
        self.running = running

    def send(self, service: str, percent: int, say: Callable[[str], None]) -> None:
        """The service gets this share of its requests."""
        for router in self.running:
            router.set(service, percent)
        if self.running:
            say(f"The router sends {percent} % of the requests of {service} to the service.")
        else:
            say(f"The router: give {service} a share of {percent} %. Until then requests are passed on.")

    def shares(self, service: str) -> Mapping[int, int]:
        """How many routers give it which share."""
        found = [router.read().of(service) for router in self.running]
        return {percent: found.count(percent) for percent in sorted(set(found))}
