"""Bytes that may be a request: the router reads them like the services behind it, or more strictly."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from forum_client import Forum, eventually
from fuzzing.raw import Verdict, requests, seen, verdicts
from implementations import need_haproxy
from implementations import running as routing
from running import DATABASES, GROUPS, Running

Verdicts = dict[str, Verdict]

BROKEN_LATER = "its first request is whole; a service that has the broken second one already answers neither"
LAXER = {
    "proxy": {BROKEN_LATER: ["llhttp connection 4"]},
    "haproxy": {  # it writes each request anew: what a service gets is never what is said here
        BROKEN_LATER: ["llhttp connection 4"],
        "the same length twice is that length (RFC 9110, 8.6)": [
            *("the same length twice", "a list of lengths"),
            "gunicorn invalid rfc9112_smuggle_cl_list_form_01",
        ],
        "chunks override a length, which is dropped; the connection ends (RFC 9112, 6.3)": [
            *("a length and chunks", "gunicorn invalid rfc9112_smuggle_cl_te_chunked_01"),
        ],
        "a folded line is made one line (RFC 9112, 5.2)": [
            *("a folded line", "a folded trailer", "llhttp invalid 22", "llhttp invalid 23"),
            *("gunicorn valid compat_obs_fold", "gunicorn invalid obs_fold_01"),
        ],
        "LF alone ends a line (RFC 9112, 2.2)": ["a bare line feed", "line feeds only", "llhttp invalid 17"],
        "words may stand apart by any space (RFC 9112, 3); extensions of chunks are dropped": [
            *("a tab in the request line", "a chunk size with a space", "an extension without a name"),
            "llhttp transfer-encoding 8",
        ],
        "the version is its own (RFC 9110, 2.5)": ["another version", "llhttp lenient-version 0"],
    },
}
"""What a router lets through that services refuse, by the reason."""


class Readings(NamedTuple):
    """What a kind of router, and each service asked directly, made of each request; how many good requests
    the services had seen before."""

    kind: str
    routed: Verdicts
    direct: list[Verdicts]
    seen: int


@pytest.fixture(scope="module")
def deployment(request: pytest.FixtureRequest, forum: Forum) -> Running:
    if forum.name not in DATABASES:
        pytest.skip("needs to reach the services behind the router")
    found: Running = request.getfixturevalue(forum.name)
    return found


@pytest.fixture(scope="module")
async def direct(deployment: Running) -> list[Verdicts]:
    ports = {deployment.answering(group).port for group in GROUPS}
    return [await verdicts(port, requests()) for port in ports]


@pytest.fixture(scope="module", params=LAXER)
async def readings(
    request: pytest.FixtureRequest,
    deployment: Running,
    direct: list[Verdicts],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Readings]:
    if request.param == "haproxy":
        need_haproxy()
    targets = {group: [f"127.0.0.1:{deployment.answering(group).port}"] for group in GROUPS}
    async with routing(request.param, targets, tmp_path_factory.mktemp("raw")) as (port, _):
        before = seen(deployment)
        yield Readings(request.param, await verdicts(port, requests()), direct, before)


def test_no_request_arrives_that_is_not_answered(deployment: Running, readings: Readings) -> None:
    """One that hides in another's body, or is cut from it, would arrive without an answer, or not at all."""
    answered = sum(verdict.after for verdict in readings.routed.values())
    assert answered > 10

    def arrived() -> None:
        assert seen(deployment) - readings.seen == answered

    eventually(arrived)


def test_a_service_refuses_nothing_that_its_router_lets_through(readings: Readings) -> None:
    excused = {name for names in LAXER[readings.kind].values() for name in names}
    laxer = {
        name: (verdict, behind[name])
        for name, verdict in readings.routed.items()
        for behind in readings.direct
        if verdict.passed - verdict.after > behind[name].passed - behind[name].after and name not in excused
    }
    assert not laxer


def test_who_refuses_refuses_once_and_ends(readings: Readings) -> None:
    """HAProxy goes on where the bounds of what it refused are certain. A 404 is an answer."""
    asked = [*readings.direct, *([readings.routed] if readings.kind == "proxy" else [])]
    went_on = [
        (name, verdict)
        for each in asked
        for name, verdict in each.items()
        if (refused := [status for status in verdict.refused if status != 404])
        and (len(refused) > 1 or verdict.after)
    ]
    assert not went_on
