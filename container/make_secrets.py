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
    server = PARTS / "postgres" / "postgres_password"  # whose user differs between variants of its image
    write(server, values["postgres_password"], owner=0, mode=0o444)


def shares(values: dict[str, str]) -> dict[str, dict[str, str]]:
    """What each part reads: a file per setting, by the setting's lower-case name."""

    def url(role: str, database: str) -> str:
        return f"postgresql://{role}:{values[f'{role}_password']}@postgres:5432/{database}"

    def application(database: str) -> dict[str, str]:
        return {"secret_key": values["secret_key"], "database_url": url(database, database)}

    def callers(*names: str) -> dict[str, str]:
        return {"caller_keys": json.dumps({name: values[f"{name}_caller_key"] for name in names})}

    def caller(name: str) -> dict[str, str]:
        return {"caller_key": values[f"{name}_caller_key"]}

    return {
        "databases": {"administrator_url": url("postgres", "postgres")}
        | {f"{name}_password": values[f"{name}_password"] for name in DATABASES},
        "users": application("users") | callers("topics", "messages", "web"),
        "topics": application("topics") | callers("messages") | caller("topics"),
        "messages": application("messages") | callers("topics") | caller("messages"),
        "web": caller("web"),
        "monolith": application("forum"),
        "forum": {f"{name}_database_url": url(name, name) for name in DATABASES},
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
