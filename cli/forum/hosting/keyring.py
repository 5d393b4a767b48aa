"""The secrets of an embedded forum, made at its first start."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

CALLERS = ("topics", "messages", "web")


@dataclass(frozen=True)
class Keyring:
    """`secret_key` is the forum's; `callers` has the key that each caller presents."""

    secret_key: str
    callers: dict[str, str]


def keyring(path: Path) -> Keyring:
    """Read the secrets, and make what is missing: a file that its owner alone can read, whole or absent."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    callers = {name: secrets.token_urlsafe(32) for name in CALLERS} | kept.get("callers", {})
    made = Keyring(kept.get("secret_key") or secrets.token_urlsafe(48), callers)
    if asdict(made) == kept:
        return made
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(made), file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return made
