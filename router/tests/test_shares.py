"""Shares: what they may be, what they make of the rules, and the file that says them."""

import json
import socketserver
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from toys import DEADLINE

from router import rules
from router.match import matcher
from router.rules import Fixed, Forward, Rule, Rules, Weighted
from router.shares import BadShares, HAProxyShares, ProxyShares, Shares, haproxy_map, read, shared

WEB = Forward((Weighted("web", 1),))


def weights(given: Forward, **percents: int) -> list[tuple[str, int]]:
    """What a default of these groups becomes."""
    action = shared(Rules((), given), Shares(percents)).default
    assert isinstance(action, Forward)
    return [(one.group, one.weight) for one in action.groups]


@pytest.mark.parametrize(
    ("percents", "words"),
    [
        ({"user": 10}, "there is no group 'user' to share with; use one of users, topics, messages, web"),
        ({"monolith": 10}, "there is no group 'monolith'"),
        ({"users": 101}, "the share of users is 101; make it a whole number from 0 to 100"),
        ({"users": -1}, "is -1"),
        ({"users": 10.0}, "is 10.0"),
        ({"users": True}, "is True"),
        ({"users": "10"}, "is '10'"),
        ({"users": None}, "is None"),
    ],
)
def test_shares_that_cannot_be_are_refused(percents: Any, words: str) -> None:
    with pytest.raises(BadShares, match=words):
        Shares(percents)


def test_a_group_shares_with_the_monolith_in_hundredths() -> None:
    assert weights(WEB, web=10) == [("web", 10), ("monolith", 90)]
    assert weights(WEB, users=10) == [("monolith", 100)]
    assert weights(WEB, web=100) == [("web", 100)]


def test_each_of_several_groups_gives_up_its_own_part() -> None:
    both = Forward((Weighted("users", 3), Weighted("topics", 1)))
    assert weights(both, users=50, topics=100) == [("users", 150), ("topics", 100), ("monolith", 150)]
    assert weights(both, topics=100) == [("topics", 100), ("monolith", 300)]


def test_rules_stay_as_they_are_but_for_who_answers() -> None:
    fixed = Rule(5, ("/a",), ("GET",), Fixed(404, "text/plain", ""))
    forward = Rule(7, ("/b", "/c"), (), WEB)
    first, second = shared(Rules((fixed, forward), WEB), Shares({"web": 100})).rules
    assert first == fixed
    assert second == Rule(7, ("/b", "/c"), (), Forward((Weighted("web", 100),)))


def test_what_the_router_answers_itself_it_answers_with_every_share() -> None:
    choose = matcher(shared(rules.load(), Shares()))
    assert isinstance(choose("GET", "/internal/changes"), Fixed)
    assert choose("GET", "/api/users") == Forward((Weighted("monolith", 100),))


def test_without_a_file_the_monolith_has_all(tmp_path: Path) -> None:
    assert read(tmp_path / "none.json") == Shares()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"says no shares \(Expecting value"),
        (b"[10]", r"says no shares \(it is not an object\); write it as \{\"users\": 100"),
        (b'{"users": 1000}', r"says no shares \(the share of users is 1000"),
        (b"\xff", "says no shares"),
        pytest.param(b"[" * 100_000, "says no shares", id="too deep"),
    ],
)
def test_a_file_that_says_no_shares_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "shares.json"
    file.write_bytes(content)
    with pytest.raises(BadShares, match=f"shares.json {words}"):
        read(file)
    with pytest.raises(BadShares, match=f"shares.json {words}"):
        ProxyShares(file).set("users", 10)
    assert file.read_bytes() == content


def test_a_file_that_cannot_be_read_is_no_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadShares, match=r"cannot be read \(Is a directory\)"):
        read(tmp_path)


def test_setting_a_share_keeps_the_others_and_replaces_the_file_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "shares.json"
    router = ProxyShares(file)
    router.set("users", 100)
    with file.open() as before:
        router.set("topics", 10)
        assert json.load(before) == {"users": 100}
    assert router.read() == Shares({"users": 100, "topics": 10})
    assert [path.name for path in tmp_path.iterdir()] == ["shares.json"]


def test_a_share_that_cannot_be_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    router = ProxyShares(tmp_path / "shares.json")
    router.set("users", 100)
    with pytest.raises(BadShares, match="the share of topics is 200"):
        router.set("topics", 200)
    assert router.read() == Shares({"users": 100})


def test_a_file_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadShares, match=r"cannot be written \(No such file or directory\); make its folder"):
        ProxyShares(tmp_path / "none" / "shares.json").set("users", 10)


class Contested(ProxyShares):
    """A file that somebody else changes just after each change."""

    def read(self) -> Shares:
        return Shares({"users": 7})


def test_a_share_that_is_another_one_afterwards_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadShares, match="has 7 % for users, not 10 %"):
        Contested(tmp_path / "shares.json").set("users", 10)


@pytest.mark.parametrize("address", ["/nowhere/haproxy.sock", "ipv4@127.0.0.1:1", "nonsense", "a:b"])
def test_a_haproxy_that_does_not_answer_is_named(address: str) -> None:
    with pytest.raises(BadShares, match=f"HAProxy does not answer at {address} "):
        HAProxyShares(address).read()


def test_the_map_has_a_line_for_every_group() -> None:
    assert haproxy_map(Shares({"topics": 10})) == "users 0\ntopics 10\nmessages 0\nweb 0\n"


class Answering(socketserver.StreamRequestHandler):
    """What HAProxy says of a map."""

    def handle(self) -> None:
        asked = self.rfile.readline().decode()
        self.wfile.write(b"0x55 users 10\n0x66 web 100\n\n" if asked == "show map shares.map\n" else b"?\n")


def test_a_socket_may_be_a_file(tmp_path: Path) -> None:
    with socketserver.UnixStreamServer(str(tmp_path / "api"), Answering) as server:
        server.timeout = DEADLINE
        Thread(target=server.handle_request, daemon=True).start()
        assert HAProxyShares(str(tmp_path / "api")).read() == Shares({"users": 10, "web": 100})
