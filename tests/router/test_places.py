"""Every implementation sends every path to the same place, and the path means the same there."""

import pytest
from implementations import Router
from paths import METHODS, PATHS, Place
from toys import answers, get, talk

from router import rules
from router.match import draw, matcher
from router.rules import Fixed


@pytest.mark.parametrize(("target", "place"), [entry for entry in PATHS if entry[0].startswith("/")])
def test_the_rules_send_each_path_to_its_place(target: str, place: Place) -> None:
    action = matcher(rules.load())("GET", target.partition("?")[0])
    assert (action.status if isinstance(action, Fixed) else draw(action)) == place


async def test_each_path_goes_to_its_place(fresh: Router) -> None:
    wrong = []
    for target, place in PATHS:
        answer = await get(fresh.port, target)
        found = answer.shown["name"] if answer.status == 200 else answer.status
        if found != place:
            wrong.append((target[:60], place, found))
    assert not wrong


async def test_each_path_arrives_as_it_was_sent(fresh: Router) -> None:
    for target, place in PATHS:
        if isinstance(place, str) and target.startswith("/"):
            assert (await get(fresh.port, target)).shown["target"] == target


async def test_the_method_does_not_change_the_place(fresh: Router) -> None:
    for target, place in [("/api/users", "users"), ("/internal/x", 404), ("/%69nternal/x", 404)]:
        for method in METHODS:
            (answer,) = answers(await ask(fresh.port, method, target), method)
            assert answer.status == (200 if place == "users" else 404), (method, target)


async def ask(port: int, method: str, target: str) -> bytes:
    return await talk(port, f"{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())


@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
async def test_methods_for_proxies_are_refused(fresh: Router, method: str) -> None:
    target = "a:80" if method == "CONNECT" else "/"
    received = await talk(fresh.port, f"{method} {target} HTTP/1.1\r\nHost: a:80\r\n\r\n".encode(), end=True)
    assert received.startswith((b"HTTP/1.1 405", b"HTTP/1.1 400"))
    assert not any(toy.asked for toy in fresh.toys.values())


async def test_the_asterisk_is_no_path(fresh: Router) -> None:
    received = await talk(fresh.port, b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 404")
