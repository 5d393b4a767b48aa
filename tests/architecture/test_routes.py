"""What the applications mount is what the OpenAPI document says, and nothing is mounted besides."""

import pytest
from mounted import Operation, applications, operations, pages

from monolith.openapi import document
from router.match import matcher
from router.rules import Forward, load

APPLICATIONS = applications()
SPLIT = ["users", "topics", "messages", "web"]
NOT_IN_THE_DOCUMENT = {
    Operation("GET", "/health/live"): "for who runs it; the router hides it: chassis/tests, tests/compose",
    Operation("GET", "/health/ready"): "for who runs it; the router hides it: chassis/tests, tests/faults",
}


def documented() -> set[Operation]:
    return {
        Operation(method.upper(), path) for path, methods in document()["paths"].items() for method in methods
    }


@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_route_that_an_application_mounts_is_documented(name: str) -> None:
    unknown = operations(APPLICATIONS[name]) - documented() - pages() - NOT_IN_THE_DOCUMENT.keys()
    assert not unknown, f"neither in the OpenAPI document nor pages nor in the table above: {sorted(unknown)}"


def test_the_router_sends_every_page_to_the_web_front_end() -> None:
    choose = matcher(load())
    for method, path in pages():
        action = choose(method, path.replace("{", "").replace("}", ""))
        assert isinstance(action, Forward), path
        assert [share.group for share in action.groups] == ["web"], path


def test_the_services_together_mount_what_the_monolith_mounts() -> None:
    split = set().union(*(operations(APPLICATIONS[name]) for name in SPLIT))
    assert split == operations(APPLICATIONS["monolith"])


def test_every_operation_of_the_document_is_mounted_by_one_service() -> None:
    homes = {
        operation: [name for name in SPLIT if operation in operations(APPLICATIONS[name])]
        for operation in documented()
    }
    assert {operation: names for operation, names in homes.items() if len(names) != 1} == {}


def test_what_is_left_out_of_the_document_is_there() -> None:
    assert NOT_IN_THE_DOCUMENT.keys() <= operations(APPLICATIONS["monolith"])
