"""Both deployments under Compose, once for all tests here."""

from collections.abc import Iterator

import pytest
from forum_client import Forum

from compose.project import ROUTERS, Project


@pytest.fixture(scope="package")
def project() -> Iterator[Project]:
    """Everything of `docker-compose.yml`, built, up and healthy."""
    project = Project()
    try:
        project.up()
        yield project
    finally:
        project.down()


@pytest.fixture(scope="package")
def forums(project: Project) -> Iterator[dict[str, Forum]]:
    """Topology → the forum behind its router."""
    forums = {topology: Forum(project.url(topology), topology) for topology in ROUTERS}
    yield forums
    for forum in forums.values():
        forum.close()
