"""The router between both deployments, whose shares the forum command may set."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from forum_client import Forum

from compose.project import Project

pytestmark = pytest.mark.requires("docker")


@pytest.fixture
def between(project: Project) -> Iterator[Forum]:
    """The forum behind that router."""
    project.up("router-cutover")
    with closing(Forum(f"http://127.0.0.1:{project.cutover_port}", "cutover")) as forum:
        yield forum
    project.compose("rm", "--stop", "--force", "router-cutover")


def share(project: Project, group: str, percent: int) -> None:
    """As the command's own container sets it, through the volume."""
    setting = f"HAProxyShares(os.environ['RUNTIME_API']).set({group!r}, {percent})"
    program = f"import os; from router.shares import HAProxyShares; {setting}"
    project.compose("run", "--rm", "-T", "--entrypoint", "python", "forum", "-c", program)


def test_the_command_moves_a_share_from_the_monolith_to_a_service(
    project: Project, forums: dict[str, Forum], between: Forum
) -> None:
    old, new = forums["monolith"].register("old"), forums["split"].register("new")
    for percent, here, elsewhere in ((0, old, new), (100, new, old)):
        share(project, "users", percent)
        assert between.get(f"/api/users/{here.username}").status_code == 200
        assert between.get(f"/api/users/{elsewhere.username}").status_code == 404
