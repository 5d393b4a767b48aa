"""`forum cutover` as people run it, beside a forum under `forum up`."""

import re
import subprocess
from pathlib import Path

from supervised import Supervised

from forum.hosting.installation import DATABASES

SERVICES = list(DATABASES["split"])
SECONDS = 120.0  # that one command may take, when it waits for what was killed to come back


class Commanded:
    """The commands, in processes of their own."""

    def __init__(self, forum: Supervised) -> None:
        self.forum = forum

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self.forum.command[0], "cutover", *arguments],
            env=self.forum.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Its exit status and what it said."""
        process = self.begin(*arguments)
        said, _ = process.communicate(timeout=SECONDS)
        return process.returncode, said

    def does(self, *arguments: str) -> str:
        """What it said; it has to succeed."""
        status, said = self.run(*arguments)
        assert status == 0, f"forum cutover {' '.join(arguments)} ended with {status}:\n{said}"
        return said

    def stage(self, service: str) -> str:
        """Where a service's data are, in the words of `status`."""
        found = re.search(rf"^{service}: (.+)$", self.does("status"), re.MULTILINE)
        assert found
        return found[1]


def log_of(folder: Path, app: str) -> str:
    """The end of what an app has logged."""
    return (folder / "data" / "logs" / f"{app}.log").read_text(errors="replace")[-4000:]
