"""Whom the embedded PostgreSQL runs as, and where that account may go.

PostgreSQL refuses to run as root. Started by root, it runs as the owner of its data, or as a system user that
is made for it. No folder that is not ours is ever opened for that user: binaries out of its reach are copied,
data out of its reach are refused.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from forum.errors import Refused

NAME = "forum-postgres"


@dataclass(frozen=True)
class Account:
    """A system user; -1 stands for the one that runs us."""

    uid: int = -1
    gid: int = -1

    @property
    def is_other(self) -> bool:
        return self.uid >= 0

    def own(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def may(self, *tests: str) -> bool:
        """Whether this account passes a test(1), such as ("-x", path); always so for our own user."""
        if not self.is_other:
            return True
        test = ["/usr/bin/env", "test", *tests]
        done = subprocess.run(  # noqa: S603
            test, user=self.uid, group=self.gid, extra_groups=[], cwd="/", check=False
        )
        return done.returncode == 0


def account_for(data: Path) -> Account:
    """The account for a server whose data are, or will be, in `data`."""
    if os.geteuid() != 0:
        return Account()
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = make_system_user()
    return Account(entry.pw_uid, entry.pw_gid)


def make_system_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise Refused(
            f"PostgreSQL does not run as root, and its system user {NAME} could not be made "
            f"({reason.strip()}): make it, or start as an ordinary user"
        ) from error
    return pwd.getpwnam(NAME)


def reachable_binaries(package: Path, version: str, account: Account, copies: Path) -> Path:
    """The `bin` folder of `package`/`version`, or of a copy below `copies` where the account cannot reach it.

    The copy keeps the libraries beside the package: the binaries look for them from where they are.
    """
    install = package / version
    catalogue = install / "share" / "postgresql" / "postgres.bki"
    if account.may("-x", str(install / "bin" / "postgres"), "-a", "-r", str(catalogue)):
        return install / "bin"
    copy = copies / package.name / version
    if not copy.exists():
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            copy_for_others(libraries, copies / libraries.name)
        copy_for_others(install, copy)
    return copy / "bin"


def copy_for_others(source: Path, target: Path) -> None:
    """Copy a folder so that everyone can read it; `target` appears whole or not at all."""
    part = target.with_name(f"{target.name}.part")
    for stale in (part, target):
        shutil.rmtree(stale, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, part)
    for path in (part, *part.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    part.rename(target)
