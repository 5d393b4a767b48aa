"""The routers of a cutover, which follow: correctness never depends on them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from forum.cutover.sides import is_of_this_machine
from forum.errors import Refused
from forum.hosting.installation import Installation
from router.shares import BadShares, HAProxyShares, ProxyShares, RunningRouter


class Routers:
    """All of them; with none, the person who moves the forum is told what to do."""

    def __init__(self, running: Sequence[RunningRouter] = ()) -> None:
        self.running = running

    def send(self, service: str, percent: int, say: Callable[[str], None]) -> None:
        """The service gets this share of its requests. Raises Refused."""
        try:
            for router in self.running:
                router.set(service, percent)
        except BadShares as error:
            raise Refused(f"the data are where they should be, but the router: {error}") from error
        if self.running:
            say(f"The router sends {percent} % of the requests of {service} to the service.")
        else:
            say(f"The router: give {service} a share of {percent} %. Until then requests are passed on.")

    def shares(self, service: str) -> str:
        """What each gives the service, in words."""
        try:
            shares = [router.read().of(service) for router in self.running]
        except BadShares as error:
            return str(error)
        return (
            f"the service gets {' and '.join(f'{share} %' for share in shares)}"
            if shares
            else "not known here"
        )


def routers(installation: Installation) -> Routers:
    """Those of SHARES, the file of the asyncio proxy (an embedded forum has its own), and of RUNTIME_API,
    where HAProxy answers."""
    own = str(installation.folder.shares) if is_of_this_machine(installation) else None
    shares, address = installation.given("SHARES") or own, installation.given("RUNTIME_API")
    found: list[RunningRouter] = [ProxyShares(Path(shares))] if shares else []
    return Routers([*found, HAProxyShares(address)] if address else found)
