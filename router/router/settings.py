"""What the router takes from its environment."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from router.rules import PACKAGED

Address = tuple[str, int]


class BadSettings(Exception):
    """A setting that cannot be used; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`targets`: the addresses of each target group. `shares`: the file that says how a cutover stands.
    `runtime_api`: where HAProxy listens for changes of it. Times in seconds, sizes in bytes."""

    host: str = "127.0.0.1"
    port: int = 8080
    rules: Path = PACKAGED
    targets: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)
    shares: Path | None = None
    runtime_api: str = ""
    shutdown_seconds: float = 20
    log_format: str = "auto"
    max_body: int = 1024 * 1024
    connect_timeout: float = 5
    head_timeout: float = 10
    idle_timeout: float = 60  # less than the 75 s that a service keeps an idle connection
    health_interval: float = 1
    sweep_interval: float = 1  # between looks for what has taken too long
    shares_interval: float = 0.1  # between looks at the file of shares


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from HOST, PORT, RULES, TARGETS, SHARES, RUNTIME_API, SHUTDOWN_SECONDS and LOG_FORMAT. Raises
    BadSettings."""
    log_format = environment.get("LOG_FORMAT", "auto")
    if log_format not in ("auto", "json", "text"):
        raise BadSettings(f"LOG_FORMAT is {log_format!r}; set it to auto, json or text")
    shares = environment.get("SHARES")
    return Settings(
        host=environment.get("HOST", "127.0.0.1"),
        port=_port("PORT", environment.get("PORT", "8080")),
        rules=Path(environment.get("RULES") or PACKAGED),
        targets=targets(environment.get("TARGETS", "{}")),
        shares=Path(shares) if shares else None,
        runtime_api=_place(environment.get("RUNTIME_API", "")),
        shutdown_seconds=_seconds("SHUTDOWN_SECONDS", environment.get("SHUTDOWN_SECONDS", "20")),
        log_format=log_format,
    )


def targets(text: str) -> dict[str, tuple[Address, ...]]:
    """TARGETS: a JSON object from group name to a list of "host:port". Raises BadSettings."""
    example = 'set it to JSON like {"users": ["127.0.0.1:8101"]}'
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadSettings(f"TARGETS is not JSON ({error}); {example}") from None
    if not isinstance(document, dict) or not all(isinstance(value, list) for value in document.values()):
        raise BadSettings(f"TARGETS is not an object of lists; {example}")
    return {group: tuple(_address(group, address) for address in value) for group, value in document.items()}


def _address(group: str, text: object) -> Address:
    host, _, port = str(text).rpartition(":")
    if not host:
        raise BadSettings(f'TARGETS: {text!r} of {group!r} is not an address; write it as "host:port"')
    return host.strip("[]"), _port(f"TARGETS: the port of {text!r}", port)


def _place(text: str) -> str:
    if not re.fullmatch(r"(?:/[\w./-]+|ipv4@[0-9.*]*:[0-9]{1,5}|ipv6@[0-9a-fA-F:]+:[0-9]{1,5})?", text):
        raise BadSettings(
            f"RUNTIME_API is {text!r}; set it to the path of a socket or an address like ipv4@127.0.0.1:9999"
        )
    return text


def _port(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65535:
        raise BadSettings(f"{name} is {text!r}; set it to a number from 0 to 65535")
    return int(text)


def _seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < 86400:
        raise BadSettings(f"{name} is {text!r}; set it to a number of seconds")
    return seconds
