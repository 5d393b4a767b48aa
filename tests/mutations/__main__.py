"""Plants one defect after the other in a copy of the project, and says which tests find it.

`make mutations`. Fails when a defect is found by none, or when a test is red before any is planted.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mutations.planted import DEFECTS, Defect

ROOT = Path(__file__).parents[2]
RINGS = {
    "architecture": ["tests/architecture"],
    "pacts": ["tests/pacts"],
    "router": ["tests/router"],
    "contract": ["tests/contract", "--topology=split"],
}  # what the services' own tests find is not asked: these have to do without
RED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", re.M)


def copied(folder: Path) -> Path:
    """The project as git knows it, the uncommitted included, with an environment of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    subprocess.run(["make", ".venv/complete"], cwd=folder, check=True, capture_output=True)  # noqa: S607
    return folder


def first_red(folder: Path, ring: str) -> str | None:
    """The first test of a ring that fails, None where all pass."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    environment["COLUMNS"] = "300"  # pytest shortens names that do not fit
    done = subprocess.run(
        [folder / ".venv/bin/pytest", "-x", "-q", *RINGS[ring]],
        cwd=folder, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    found = RED.search(done.stdout)
    if found or done.returncode == 0:
        return found[1] if found else None
    return f"(pytest ended with {done.returncode})"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def planted(folder: Path, defect: Defect) -> Iterator[None]:
    """While the copy has the defect."""
    file = folder / defect.file
    text = file.read_text()
    if text.count(defect.before) != 1:
        sys.exit(f"{defect.file} has {defect.before!r} {text.count(defect.before)} times: renew planted.py")
    file.write_text(text.replace(defect.before, defect.after))
    yield
    file.write_text(text)


def survey(folder: Path) -> dict[str, str]:
    """The first red test of each ring that has one."""
    reds = {ring: first_red(folder, ring) for ring in RINGS}
    return {ring: red for ring, red in reds.items() if red}


def main() -> None:
    survived = 0
    with tempfile.TemporaryDirectory(prefix="mutations-") as place:
        folder = copied(Path(place))
        say("Nothing planted")
        if reds := survey(folder):
            sys.exit(f"red before anything is planted: {reds}")
        for number, defect in enumerate(DEFECTS, 1):
            say(f"{number} of {len(DEFECTS)}: {defect.service}: {defect.what}")
            with planted(folder, defect):
                found = survey(folder)
            for ring, red in found.items():
                say(f"    {ring}: {red}")
            if not found:
                say("    SURVIVED: no test found it")
                survived += 1
    sys.exit(f"{survived} of {len(DEFECTS)} survived" if survived else 0)


if __name__ == "__main__":
    main()
