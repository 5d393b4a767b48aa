"""Target groups: which of a group's targets takes a request, and the idle connections to each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from router.settings import Address

if TYPE_CHECKING:
    from router.upstream import Upstream

MAX_IDLE = 64


@dataclass(eq=False, slots=True)
class Target:
    """One task of a service. It gets requests once its first health check has passed."""

    group: str
    host: str
    port: int
    healthy: bool = False
    failures: int = 0
    outstanding: int = 0
    idle: list["Upstream"] = field(default_factory=list)

    def take_idle(self) -> "Upstream | None":
        """The connection that was used last, so that the others can grow old."""
        while self.idle:
            upstream = self.idle.pop()
            if not upstream.transport.is_closing():
                return upstream
        return None

    def give_back(self, upstream: "Upstream") -> None:
        """Keep a connection for a later request, or close it when enough are kept."""
        if len(self.idle) < MAX_IDLE:
            self.idle.append(upstream)
        else:
            upstream.transport.close()


class Targets:
    """The targets of every group."""

    def __init__(self, addresses: Mapping[str, Iterable[Address]]) -> None:
        self.groups = {
            group: [Target(group, host, port) for host, port in listed] for group, listed in addresses.items()
        }

    def all(self) -> list[Target]:
        """Every target of every group."""
        return [target for targets in self.groups.values() for target in targets]

    def least_busy(self, group: str, refused: set[Target] | None = None) -> Target | None:
        """The healthy target with the fewest requests in flight, or None; those in `refused` are left out."""
        targets = self.groups.get(group, [])
        usable = [target for target in targets if target.healthy and not (refused and target in refused)]
        if len(usable) < 2:
            return usable[0] if usable else None
        chosen = min(usable, key=attrgetter("outstanding"))
        targets.remove(chosen)  # to the end, so that equals take turns
        targets.append(chosen)
        return chosen
