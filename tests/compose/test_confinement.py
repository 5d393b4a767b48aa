"""What a container may do, and what it may know."""

import json
import re
from urllib.parse import SplitResult, urlsplit

import pytest

from compose.project import ROUTERS, SERVICES, Project, docker

pytestmark = pytest.mark.requires("docker")

OURS = [*SERVICES, *ROUTERS.values()]
KNOWN = {
    "users": {"secret_key", "database_url", "caller_keys"},
    "topics": {"secret_key", "database_url", "caller_keys", "caller_key"},
    "messages": {"secret_key", "database_url", "caller_keys", "caller_key"},
    "web": {"caller_key"},
    "monolith": {"secret_key", "database_url"},
    "postgres": {"postgres_password"},
}
DATABASES = ["users", "topics", "messages", "forum", "postgres", "template1"]


@pytest.mark.parametrize("service", [*OURS, "postgres"])
def test_no_process_has_a_capability_or_can_gain_one(project: Project, service: str) -> None:
    found = project.execute(service, "sh", "-c", "cat /proc/[0-9]*/status 2>&1 || true")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert set(re.findall(rf"^{name}:\s*(\w+)$", found, re.MULTILINE)) == {"0" * 16}, name
    assert set(re.findall(r"^NoNewPrivs:\s*(\d)$", found, re.MULTILINE)) == {"1"}


@pytest.mark.parametrize("service", OURS)
def test_every_process_is_user_10001(project: Project, service: str) -> None:
    found = project.execute(service, "sh", "-c", "cat /proc/[0-9]*/status 2>&1 || true")
    for name in ("Uid", "Gid"):
        assert set(re.findall(rf"^{name}:\s*(.*)$", found, re.MULTILINE)) == {"\t".join(["10001"] * 4)}, name


@pytest.mark.parametrize("service", [*OURS, "postgres"])
def test_the_root_filesystem_cannot_be_written(project: Project, service: str) -> None:
    mounts = [line.split() for line in project.execute(service, "cat", "/proc/mounts").splitlines()]
    options = {place: options.split(",") for _, place, _, options, *_ in mounts}
    assert "ro" in options["/"]
    assert "rw" in options["/tmp"]  # noqa: S108  a tmpfs of the container
    assert {"nosuid", "nodev"} <= {*options["/tmp"]}  # noqa: S108


@pytest.mark.parametrize("service", KNOWN)
def test_a_service_reads_its_own_secrets_only(project: Project, service: str) -> None:
    assert set(project.execute(service, "ls", "/run/secrets").split()) == KNOWN[service]
    assert (
        project.execute(service, "sh", "-c", "touch /run/secrets/x 2>&1 || true")
        .strip()
        .endswith("Read-only file system")
    )


@pytest.mark.parametrize("service", ["users", "topics", "messages", "web", "monolith"])
def test_secrets_are_readable_by_their_user_alone(project: Project, service: str) -> None:
    modes = project.execute(service, "sh", "-c", "stat -c '%u %a' /run/secrets/*").splitlines()
    assert set(modes) == {"10001 400"}


def test_no_secret_is_in_an_image_or_in_the_environment_of_a_container(project: Project) -> None:
    told = "".join(docker("image", "inspect", image) for image in project.images())
    told += "".join(docker("history", "--no-trunc", image) for image in project.images())
    told += "".join(json.dumps(project.container(service)) for service in [*OURS, "postgres", "databases"])
    each = "for file in /run/secrets/*; do cat $file; echo; done"
    texts = [project.execute(service, "sh", "-c", each) for service in KNOWN]
    secrets = set(re.findall(r"[A-Za-z0-9_-]{43}", "\n".join(texts)))
    assert len(secrets) >= 8
    assert not [secret for secret in secrets if secret in told]


def test_a_role_reaches_its_own_database_only(project: Project) -> None:
    for service in ("users", "topics", "messages", "monolith"):
        url = urlsplit(project.execute(service, "cat", "/run/secrets/database_url").strip())
        reached = [database for database in DATABASES if connects(project, url, database)]
        assert reached == [url.username]


def connects(project: Project, url: SplitResult, database: str) -> bool:
    """Whether the role's password opens the database, over the network as a service does it."""
    question = f"psql {url._replace(path=database).geturl()} -c '' 2>&1"
    answer = project.execute("postgres", "sh", "-c", f"{question} || true")
    assert not answer or f'permission denied for database "{database}"' in answer, answer
    return not answer


def test_a_role_can_make_nothing_but_tables(project: Project) -> None:
    question = "SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)"
    where = "FROM pg_roles WHERE rolname IN ('users', 'topics', 'messages', 'forum')"
    answer = project.execute("postgres", "psql", "-U", "postgres", "-Atc", f"{question} {where}")
    assert answer.strip() == "f"


def test_postgres_is_ready_for_logical_replication(project: Project) -> None:
    assert (
        project.execute("postgres", "psql", "-U", "postgres", "-Atc", "SHOW wal_level").strip() == "logical"
    )
