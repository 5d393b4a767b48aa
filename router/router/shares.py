"""What share of its requests each group has from the monolith, and two ways to set it on a router that runs.

A cutover moves requests from the group `monolith` to the others, a share at a time. A group that is not named
has a share of 0: the monolith answers, until somebody moves it.
"""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from router.rules import GROUPS, Action, Forward, Rules, Weighted

MONOLITH = "monolith"  # the group that has what the others do not
MAP = "shares.map"  # HAProxy's file beside its configuration, and the name of the map in its runtime API
PATIENCE = 5.0  # seconds that HAProxy may take to answer


class BadShares(Exception):
    """Shares that cannot be used, read or set; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Shares:
    """`percents`: of the requests of a group, how many in a hundred go to it. Raises BadShares."""

    percents: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for group, percent in self.percents.items():
            if group not in GROUPS:
                raise BadShares(f"there is no group {group!r} to share with; use one of {', '.join(GROUPS)}")
            if type(percent) is not int or not 0 <= percent <= 100:
                raise BadShares(f"the share of {group} is {percent!r}; make it a whole number from 0 to 100")

    def of(self, group: str) -> int:
        """Percent; 0 for a group that is not named."""
        return self.percents.get(group, 0)

    def having(self, group: str, percent: int) -> "Shares":
        """The same with another share for one group. Raises BadShares."""
        return Shares({**self.percents, group: percent})

    def __str__(self) -> str:
        return ", ".join(f"{group} {self.of(group)} %" for group in GROUPS)


def shared(rules: Rules, shares: Shares) -> Rules:
    """The rules with each group's requests divided between it and the monolith."""
    return Rules(
        tuple(replace(rule, action=_divided(rule.action, shares)) for rule in rules.rules),
        _divided(rules.default, shares),
    )


def _divided(action: Action, shares: Shares) -> Action:
    """Weights in hundredths of what they were; whoever has none of the requests is left out."""
    if not isinstance(action, Forward):
        return action
    own = [Weighted(one.group, one.weight * shares.of(one.group)) for one in action.groups]
    rest = Weighted(MONOLITH, action.total * 100 - sum(one.weight for one in own))
    return Forward(tuple(one for one in (*own, rest) if one.weight))


def read(path: Path) -> Shares:
    """The shares in a JSON file like `{"users": 100, "topics": 10}`; without a file the monolith has all.
    Raises BadShares."""
    try:
        document = json.loads(path.read_text("utf-8"))
        if not isinstance(document, dict):
            raise BadShares("it is not an object")
        return Shares(document)
    except FileNotFoundError:
        return Shares()
    except OSError as error:
        raise BadShares(f"{path} cannot be read ({error.strerror}); let the router read it") from None
    except (ValueError, RecursionError, BadShares) as error:
        example = 'write it as {"users": 100, "topics": 10}'
        raise BadShares(f"{path} says no shares ({error}); {example}") from None


def haproxy_map(shares: Shares) -> str:
    """The map file that HAProxy starts from, with a line for every group."""
    return "".join(f"{group} {shares.of(group)}\n" for group in GROUPS)


class RunningRouter(Protocol):
    """A router whose shares can be read and set while it runs. Both raise BadShares, `set` also when the
    share is another one afterwards."""

    def read(self) -> Shares:
        """The shares that it has now."""

    def set(self, group: str, percent: int) -> None:
        """Give a group a share; new requests obey it within a second."""


class ProxyShares:
    """Of the asyncio proxy: its file SHARES."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Shares:
        """See RunningRouter."""
        return read(self.path)

    def set(self, group: str, percent: int) -> None:
        """See RunningRouter. The file is replaced as a whole, and outlasts a loss of power."""
        wanted = self.read().having(group, percent)
        beside = self.path.with_name(f".{self.path.name}.{uuid4().hex}")
        try:
            with beside.open("x", encoding="utf-8") as file:
                file.write(json.dumps(dict(wanted.percents)) + "\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
            _settle(self.path.parent)
        except OSError as error:
            raise BadShares(
                f"{self.path} cannot be written ({error.strerror}); make its folder one that you may change"
            ) from None
        finally:
            beside.unlink(missing_ok=True)
        _must_be(self.read(), group, percent, str(self.path))


class HAProxyShares:
    """Of HAProxy: a map that its runtime API changes, and that it forgets when it is restarted. `address`: as
    in RUNTIME_API, the path of a socket or an address like `ipv4@127.0.0.1:9999`."""

    def __init__(self, address: str) -> None:
        self.address = address

    def read(self) -> Shares:
        """See RunningRouter. A line of the map: where it is in memory, the group, its share."""
        lines = [line.split() for line in self._ask(f"show map {MAP}").splitlines()]
        try:
            return Shares({group: int(percent) for _, group, percent in lines})
        except ValueError:
            raise BadShares(
                f"HAProxy at {self.address} has no shares; render its configuration with monolith in TARGETS"
            ) from None

    def set(self, group: str, percent: int) -> None:
        """See RunningRouter."""
        known = self.read()
        change = "set" if group in known.percents else "add"
        said = self._ask(f"{change} map {MAP} {group} {known.having(group, percent).of(group)}")
        _must_be(self.read(), group, percent, f"HAProxy at {self.address}", said)

    def _ask(self, command: str) -> str:
        try:
            with self._connection() as connection:
                connection.sendall(f"{command}\n".encode())
                connection.shutdown(socket.SHUT_WR)
                with connection.makefile("rb") as answer:
                    return answer.read().decode().strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise BadShares(
                f"HAProxy does not answer at {self.address} ({reason}); is it up, with that RUNTIME_API?"
            ) from None

    def _connection(self) -> socket.socket:
        if self.address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE)
            try:
                connection.connect(self.address)
            except OSError:
                connection.close()
                raise
            return connection
        host, _, port = self.address.rpartition("@")[2].rpartition(":")
        return socket.create_connection((host, int(port)), PATIENCE)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _must_be(found: Shares, group: str, percent: int, where: str, said: str = "") -> None:
    if found.of(group) != percent:
        reason = f", which said {said!r}" if said else ""
        raise BadShares(
            f"{where} has {found.of(group)} % for {group}, not {percent} %{reason}; set it again,"
            " and let nobody else change it meanwhile"
        )
