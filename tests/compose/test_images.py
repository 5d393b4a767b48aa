"""What the Dockerfile makes."""

import json

import pytest

from compose.project import ROUTERS, SERVICES, Project, docker

pytestmark = pytest.mark.requires("docker")

BASES = dict.fromkeys(SERVICES, "python:3.13-slim-trixie") | dict.fromkeys(ROUTERS.values(), "haproxy:3.0")
LIMIT = 80_000_000  # bytes above the base


@pytest.mark.parametrize("service", BASES)
def test_an_image_is_small(project: Project, service: str) -> None:
    above = size(f"{project.name}-{service}") - size(BASES[service])
    assert above <= LIMIT, f"{above / 1e6:.1f} MB above {BASES[service]}"


def size(image: str) -> int:
    """Bytes of all of its layers."""
    return int(docker("image", "inspect", "--format", "{{.Size}}", image))


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_starts_its_service_and_asks_it_how_it_is(project: Project, service: str) -> None:
    config = json.loads(docker("image", "inspect", f"{project.name}-{service}"))[0]["Config"]
    assert config["Cmd"] == ["python", "-m", service, "serve"]
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"][:2] == ["CMD", "python"]


@pytest.mark.parametrize("service", SERVICES)
def test_all_that_is_imported_is_compiled(project: Project, service: str) -> None:
    """In the image's files, since a read-only root keeps Python from doing it later."""
    imported = (
        f"import importlib, os, sys; importlib.import_module('{service}.main'); "
        "print([m.__file__ for m in list(sys.modules.values()) if getattr(m, '__cached__', None) "
        "and m.__file__.endswith('.py') and not os.path.exists(m.__cached__)])"
    )
    assert project.execute(service, "python", "-c", imported).strip() == "[]"


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_no_other_service(project: Project, service: str) -> None:
    if service == "monolith":
        return
    others = {"users", "topics", "messages", "web", "monolith", "router", "forum"} - {service}
    look = f"import importlib.util as u; print([n for n in {sorted(others)} if u.find_spec(n)])"
    assert project.execute(service, "python", "-c", look).strip() == "[]"
