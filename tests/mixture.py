"""A forum that is neither a monolith nor split: both run, and who owns what changes while they do."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from running import DATABASES, Process, Running, in_a_loop_of_its_own

from forum.cutover import moves
from forum.cutover.checksums import compare
from forum.cutover.replication import Stream
from forum.cutover.routing import Routers
from forum.cutover.sides import Place, pairs
from forum.moving.progress import bars
from router.shares import ProxyShares

SERVICES = DATABASES["split"]


def named(services: set[str]) -> str:
    """How a mixture is called in which these are services, and the others the monolith's."""
    return f"mixture:{'+'.join(name for name in SERVICES if name in services)}"


class Mixture(Running):
    """All processes side by side, at first with everything in the monolith. `services`: those that own their
    data. `administrator` is the URL of who administers the server of the databases."""

    def __init__(self, databases: Mapping[str, str], administrator: str, folder: Path) -> None:
        self.services: set[str] = set()
        self.shares = folder / "shares.json"
        super().__init__("mixture", databases, folder)
        self.processes["router"].environment["SHARES"] = str(self.shares)
        monolith = self._place("monolith", "monolith", administrator)
        self.places = {name: (monolith, self._place("service", name, administrator)) for name in SERVICES}
        self.said: list[str] = []

    def _place(self, side: str, app: str, administrator: str) -> Place:
        path = urlsplit(self.databases[app]).path
        database = urlsplit(administrator)._replace(path=path).geturl()
        return Place(side, database, f"http://127.0.0.1:{self.processes[app].port}")

    def targets(self) -> dict[str, list[str]]:
        return {name: [f"127.0.0.1:{self.processes[name].port}"] for name in (*SERVICES, "web", "monolith")}

    def answering(self, group: str) -> Process:
        return self.processes[group if group in self.services else "monolith"]

    @property
    def users_database(self) -> str:
        return self.databases["users" if "users" in self.services else "monolith"]

    def copy(self) -> None:
        """Every service gets its copy."""
        in_a_loop_of_its_own(self._copy)

    async def _copy(self) -> None:
        async with pairs(self.places) as found:
            with bars() as shown:
                for name in SERVICES:
                    await moves.copy(found[name], shown, self.said.append)

    @property
    def fences(self) -> list[float]:
        """How many seconds writes waited in each move."""
        found = (re.search(r"Writes waited (\d+) ms", line) for line in self.said)
        return [int(match[1]) / 1000 for match in found if match]

    def compare(self) -> None:
        """Both sides of every service are equal, row by row."""

        async def work() -> None:
            async with pairs(self.places) as found:
                for name, pair in found.items():
                    owner = pair.own if name in self.services else pair.monolith
                    compared = await compare(Stream(pair, owner))
                    assert [table for table in compared if table.different] == []
                    assert sum(table.rows for table in compared) > 0

        in_a_loop_of_its_own(work)

    def __exit__(self, *_: object) -> None:
        """Nothing goes on between the databases, so that they can be dropped."""

        async def work() -> None:
            async with pairs(self.places) as found:
                for pair in found.values():
                    for side in (pair.monolith, pair.own):
                        await Stream(pair, side).drop()

        super().__exit__()
        in_a_loop_of_its_own(work)

    def become(self, services: set[str]) -> None:
        """Shift and roll back until these services own their data, and no other."""
        for name in SERVICES:
            if (name in services) != (name in self.services):
                self.move(name)

    def move(self, name: str) -> None:
        """To the other side."""

        async def work() -> None:
            routers = Routers([ProxyShares(self.shares)])
            async with pairs(self.places) as found:
                with bars() as shown:
                    if name in self.services:
                        await moves.roll_back(found[name], routers, shown, self.said.append)
                    else:
                        await moves.shift(found, found[name], routers, shown, self.said.append)

        in_a_loop_of_its_own(work)
        self.services ^= {name}
