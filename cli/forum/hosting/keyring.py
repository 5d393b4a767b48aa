"""The secrets of an embedded forum, made at its first start."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

CALLERS = ("topics", "messages", "forum")  # `forum` is this command, which asks services how they are


@dataclass(frozen=True)
class Keyring:
    """`secret_key` is the forum's; `callers` has the key that each caller of internal endpoints presents."""

    secret_key: str
    callers: dict[str, str]


def keyring(path: Path) -> Keyring:
    """Read the secrets, or make them: a file that its owner alone can read, whole or absent."""
    try:
        return Keyring(**json.loads(path.read_text()))
    except FileNotFoundError:
        made = Keyring(secrets.token_urlsafe(48), {name: secrets.token_urlsafe(32) for name in CALLERS})
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(made), file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return made
