"""The project as somebody clones it, whose next commits are a test's own."""

import subprocess
from pathlib import Path

from running import clean_environment

ROOT = Path(__file__).parents[2]
COMMITTER = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]


class Checkout:
    """A clean clone of the project in `folder`, as it is in the tree that the tests are run from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("clone", "--quiet", "--shared", str(ROOT), str(folder), cwd=folder.parent)
        changed = self.git(
            "ls-files", "--modified", "--others", "--exclude-standard", "--deduplicate", cwd=ROOT
        )
        for name in changed.splitlines():
            there = folder / name
            there.unlink(missing_ok=True)
            if (ROOT / name).is_file():
                there.parent.mkdir(parents=True, exist_ok=True)
                there.write_bytes((ROOT / name).read_bytes())
                there.chmod((ROOT / name).stat().st_mode)
        self.commit("As it is")

    def commit(self, why: str) -> str:
        """Everything as it is now becomes a commit, whose name is returned."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", why)
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        return subprocess.run(
            ["git", *COMMITTER, *arguments],  # noqa: S607  of this machine, found on its PATH
            cwd=cwd or self.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
