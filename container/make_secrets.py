"""Makes what is secret at first start, and gives each part of the forum its own and nothing else.

All values are kept in one file that no service sees (/kept); from it the files of every part are written
again at each start (/for/PART/NAME), so that a start that was cut short is made good by the next one.
"""

import json
import os
import secrets
from pathlib import Path

KEPT = Path("/kept/secrets.json")
PARTS = Path("/for")
APPLICATION = 10001  # the user of every image built here
DATABASES = ("users", "topics", "messages", "forum")
NAMES = (
    "secret_key",
    "topics_caller_key",
    "messages_caller_key",
    "web_caller_key",
    "forum_caller_key",
    "postgres_password",
    *(f"{database}_password" for database in DATABASES),
)


def main() -> None:
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    values = {name: kept.get(name) or secrets.token_urlsafe(32) for name in NAMES}
    write(KEPT, json.dumps(values, indent=2), owner=0, mode=0o400)
    for part, files in shares(values).items():
        for name, text in files.items():
            write(PARTS / part / name, text, owner=APPLICATION, mode=0o400)
    for name, text in values.items():
        if name.endswith("_password"):  # the server's user differs between variants of its image
            write(PARTS / "postgres" / name, text, owner=0, mode=0o444)


def shares(values: dict[str, str]) -> dict[str, dict[str, str]]:
    """What each part reads: a file per setting, by the setting's lower-case name."""

    urls = {
        name: f"postgresql://{name}:{values[f'{name}_password']}@postgres:5432/{name}" for name in DATABASES
    }

    def application(database: str, *callers: str) -> dict[str, str]:
        keys = {caller: values[f"{caller}_caller_key"] for caller in callers}
        return {
            "secret_key": values["secret_key"],
            "database_url": urls[database],
            "caller_keys": json.dumps(keys),
        }

    def caller(name: str) -> dict[str, str]:
        return {"caller_key": values[f"{name}_caller_key"]}

    return {
        "users": application("users", "topics", "messages", "web", "forum"),
        "topics": application("topics", "messages", "forum") | caller("topics"),
        "messages": application("messages", "topics", "forum") | caller("messages"),
        "web": caller("web"),
        "monolith": application("forum", "forum"),
        "forum": caller("forum")
        | {"secret_key": values["secret_key"]}
        | {f"{name}_database_url": url for name, url in urls.items()},
    }


def write(path: Path, text: str, owner: int, mode: int) -> None:
    """The whole file or none of it: a reader never finds half a secret."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.chmod(mode)
    os.chown(fresh, owner, owner)
    fresh.rename(path)


if __name__ == "__main__":
    main()
