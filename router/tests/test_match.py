"""The matcher against the words of the ALB documentation, and against a slow one that is plainly right."""

import time
from collections import Counter
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.match import draw, is_clean, matcher
from router.rules import Fixed, Forward, Rule, Rules, Weighted

WEB = Forward((Weighted("web", 1),))
USERS = Forward((Weighted("users", 1),))


def takes(pattern: str, path: str, methods: tuple[str, ...] = (), method: str = "GET") -> bool:
    rules = Rules((Rule(10, (pattern,), methods, USERS),), WEB)
    return matcher(rules)(method, path) is USERS


MATCHES = [
    ("/api/users", "/api/users", True),
    ("/api/users", "/api/users/", False),
    ("/api/users", "/API/users", False),
    ("/api/users/*", "/api/users/", True),
    ("/api/users/*", "/api/users/a/b/c", True),
    ("/api/users/*", "/api/users", False),
    ("/api/users*", "/api/usersX", True),
    ("/a/*/c", "/a/b/c", True),
    ("/a/*/c", "/a/b/b/c", True),
    ("/a/*/c", "/a/c", False),
    ("/a/*/c", "/a/b/c/", False),
    ("/a?c", "/abc", True),
    ("/a?c", "/a/c", True),
    ("/a?c", "/ac", False),
    ("/a?c", "/abbc", False),
    ("/a.c", "/abc", False),
    ("/$", "/", False),
    ("/[ab]", "/a", False),
    ("*", "/anything", True),
    ("/a/**/c", "/a/b/c", True),
]


@pytest.mark.parametrize(("pattern", "path", "wanted"), MATCHES)
def test_patterns_match_as_a_load_balancer_matches(pattern: str, path: str, wanted: bool) -> None:
    assert takes(pattern, path) is wanted


def test_methods_are_compared_letter_by_letter() -> None:
    assert takes("/a", "/a", ("GET", "HEAD"), "HEAD")
    assert not takes("/a", "/a", ("GET",), "HEAD")
    assert not takes("/a", "/a", ("GET",), "XGET")


def test_the_lowest_priority_wins_and_a_rule_may_have_only_methods() -> None:
    gone = Fixed(404, "text/plain", "")
    rules = Rules(
        (Rule(1, (), ("PURGE",), gone), Rule(2, ("/a", "/b"), (), USERS), Rule(3, ("/*",), (), gone)), WEB
    )
    choose = matcher(rules)
    assert [choose("PURGE", "/a"), choose("GET", "/b"), choose("GET", "/c")] == [gone, USERS, gone]


def plainly(pattern: str, path: str) -> bool:
    @lru_cache(None)
    def at(i: int, j: int) -> bool:
        if i == len(pattern):
            return j == len(path)
        if pattern[i] == "*":
            return at(i + 1, j) or (j < len(path) and at(i, j + 1))
        return j < len(path) and pattern[i] in ("?", path[j]) and at(i + 1, j + 1)

    return at(0, 0)


@given(st.text("/ab*?", max_size=12), st.from_regex(r"\A(/[ab]{1,3}){1,6}\Z"))
def test_any_pattern_matches_what_it_plainly_matches(pattern: str, path: str) -> None:
    assert takes(pattern or "x", path) == plainly(pattern or "x", path)


def test_no_pattern_takes_long() -> None:
    began = time.perf_counter()
    assert not takes("/*a*a*a*a*b", "/" + "a" * 16_000)
    assert time.perf_counter() - began < 0.5


UNCLEAN = [
    "", "a", "*", "//", "/a//b", "//a", "/a//", "/.", "/..", "/./a", "/a/.", "/a/../b", "/a/..", "/%2fa",
    "/%2Fa", "/%61", "/%41", "/%7a", "/%30", "/%2e", "/%2E%2E/", "/.%2e/", "/%2d", "/%5f", "/%5F", "/%7e",
    "/%7E", "/%", "/%4", "/%zz", "/%%32e", "/a b", "/a|b", "/a\\b", '/"', "/<", "/[", "/é", "/a\n", "/a#b",
    "/a?b",
]  # fmt: skip
CLEAN = [
    "/", "/a", "/a/", "/...", "/.a", "/a.", "/..a/b", "/.well-known/jwks.json", "/%20", "/%25", "/%2B",
    "/%C3%A9", "/%00", "/%3B", "/%5C", "/%5B", "/a;b=c", "/~a", "/a@b:c,d!e$f&g'h(i)j*k+l=m", "/a-b_c",
]  # fmt: skip


@pytest.mark.parametrize("path", UNCLEAN)
def test_a_path_with_two_meanings_is_not_found(path: str) -> None:
    assert not is_clean(path)
    action = matcher(Rules((), WEB))("GET", path)
    assert isinstance(action, Fixed)
    assert action.status == 404


@pytest.mark.parametrize("path", CLEAN)
def test_a_path_with_one_meaning_is_clean(path: str) -> None:
    assert is_clean(path)


def test_groups_are_drawn_by_weight_and_never_at_weight_0() -> None:
    forward = Forward((Weighted("users", 3), Weighted("topics", 0), Weighted("web", 1)))
    drawn = Counter(draw(forward) for _ in range(4000))
    assert set(drawn) == {"users", "web"}
    assert 2700 < drawn["users"] < 3300
