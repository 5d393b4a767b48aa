"""What stands in for AWS in the other tests here does what they rely on, and leaves nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from compose.project import docker
from ecs.calls import SILENCE, Call
from ecs.emulator import Emulator
from ecs.installation import Installation

pytestmark = pytest.mark.requires("docker")


@pytest.fixture
def installation(emulator: Emulator, tmp_path: Path) -> Installation:
    return Installation(emulator, f"probe-{tmp_path.name[-6:]}".replace("_", "-"), tmp_path)


def test_calls_are_heard_and_one_can_be_broken(installation: Installation) -> None:
    with installation as forum:
        forum.aws("ecs", "create-cluster", "--cluster-name", forum.name)
        assert forum.watch.calls[-1] == Call("ecs:CreateCluster")
        listing = Call("ecs:ListClusters", after="ecs:CreateCluster")
        words = {"refused": "AccessDenied", "throttled": "Throttling", "unanswered": "Connection was closed"}
        words |= {SILENCE: "Read timeout"}
        for kind, said in words.items():
            forum.watch.breaking = only(listing, kind)
            assert said in failed(forum, "list-clusters")
        assert forum.name in str(forum.aws("ecs", "describe-clusters", "--clusters", forum.name))


def test_what_nobody_hears_of_is_done_and_what_is_not_passed_on_is_not(installation: Installation) -> None:
    with installation as forum:
        for name, kind in (("unmade", "unanswered"), ("made", "unheard")):
            forum.watch.breaking = only(Call("ecs:CreateCluster"), kind)
            assert "Connection was closed" in failed(forum, "create-cluster", "--cluster-name", name)
        clusters = str(forum.aws("ecs", "list-clusters"))
        assert "/made" in clusters
        assert "/unmade" not in clusters


def only(broken: Call, kind: str) -> Callable[[Call], str]:
    return lambda call: kind if call == broken else ""


def failed(forum: Installation, *arguments: str) -> str:
    """What a call of ECS that fails ends with, tried once and not waited for."""
    hasty = {"AWS_MAX_ATTEMPTS": "1"}
    said = forum.execute("aws", "ecs", *arguments, "--cli-read-timeout", "1", settings=hasty)
    assert said.status != 0
    return said.text


def test_files_are_kept_and_fetched_by_whoever_has_their_address(
    installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "mail.mbox").write_text("From somebody")
    with installation as forum:
        bucket = f"s3://{forum.name}"
        for call in (["mb", bucket], ["cp", str(tmp_path / "mail.mbox"), bucket]):
            assert forum.execute("aws", "s3", *call).status == 0
        address = forum.execute("aws", "s3", "presign", f"{bucket}/mail.mbox").text.strip()
        fetch = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read())"
        network = ["--rm", "--network", forum.emulator.name]
        said = docker("run", *network, "python:3.13-slim-trixie", "python", "-c", fetch, address)
        assert "From somebody" in said


def test_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "emulator").mkdir()
    emulator = Emulator(tmp_path / "emulator")
    with emulator, Installation(emulator, "gone", tmp_path):
        assert len(emulator.remaining("ps", "--all")) == 2
        assert len(emulator.remaining("network", "ls")) == 3  # its own, and two kinds of names
    assert emulator.remaining("ps", "--all") == []
    assert emulator.remaining("network", "ls") == []
