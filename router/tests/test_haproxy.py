"""What is written for HAProxy. That HAProxy obeys it is tested where there is one, in tests/router."""

from dataclasses import replace

from router import rules
from router.haproxy import render
from router.rules import Fixed, Forward, Rule, Rules, Weighted
from router.settings import Settings

TARGETS = dict.fromkeys(("users", "topics", "messages", "web"), (("127.0.0.1", 8100),))
WEB = Forward((Weighted("web", 1),))


def lines(loaded: Rules, **settings: object) -> list[str]:
    text = render(loaded, replace(Settings(targets=TARGETS), **settings))  # type: ignore[arg-type]
    return [line.strip() for line in text.splitlines()]


def test_every_rule_is_chosen_before_any_rule_acts() -> None:
    written = lines(rules.load())
    chosen = [place for place, line in enumerate(written) if "set-var(txn.rule)" in line]
    acting = [place for place, line in enumerate(written) if "if { var(txn.rule) -m str" in line]
    assert len(chosen) == sum(len(rule.paths) for rule in rules.load().rules)
    assert max(chosen) < min(acting)


def test_weights_are_drawn_and_a_group_of_weight_0_is_not_mentioned() -> None:
    share = Forward((Weighted("users", 900), Weighted("topics", 0), Weighted("web", 99)))
    written = lines(Rules((Rule(10, ("/a",), (), share),), WEB))
    drawn = [line for line in written if "txn.draw" in line]
    assert drawn[0] == "http-request set-var(txn.draw) rand(999) if { var(txn.rule) -m str 10 }"
    assert "str(users)" in drawn[1]
    assert drawn[1].endswith("lt 900 }")
    assert "str(web)" in drawn[2]
    assert drawn[2].endswith("lt 999 }")
    assert not any("str(topics)" in line for line in written)


def test_there_is_a_backend_per_group_in_use() -> None:
    written = lines(Rules((), WEB))
    assert [line for line in written if line.startswith("backend")] == ["backend web"]


def test_names_are_followed_through_dns_and_addresses_are_not() -> None:
    named = lines(Rules((), WEB), targets={"web": (("web", 8000),)})
    assert "server-template web1- 4 web:8000" in named
    assert "resolvers names" in named
    assert any("resolvers names init-addr none" in line for line in named)
    numbered = lines(Rules((), WEB), targets={"web": (("::1", 8000),)})
    assert "server web1 [::1]:8000" in numbered
    assert "resolvers names" not in numbered


def test_a_body_may_hold_anything() -> None:
    fixed = Fixed(503, "text/html", "a \"b\" 'c' $d \\ #e %f\né")
    (line,) = [line for line in lines(Rules((Rule(10, ("/a",), (), fixed),), WEB)) if "503" in line]
    condition = "if { var(txn.rule) -m str 10 }"
    quoted = r'''"a \"b\" 'c' \$d \\ #e %f\x0a\xc3\xa9"'''
    assert line == f"http-request return status 503 content-type text/html string {quoted} {condition}"


def test_methods_stand_beside_the_path() -> None:
    written = lines(Rules((Rule(10, ("/a?b",), ("GET", "HEAD"), WEB), Rule(20, (), ("PUT",), WEB)), WEB))
    first, second = (line for line in written if "set-var(txn.rule)" in line)
    assert first.endswith(r'{ method -m str GET HEAD } { path -m reg -- "^/a.b\$" }')
    assert second.endswith("!{ var(txn.rule) -m found } { method -m str PUT }")


def test_a_post_is_never_sent_twice() -> None:
    written = lines(rules.load())
    backends = sum(line.startswith("backend") for line in written)
    assert written.count("http-request disable-l7-retry unless METH_GET or { method HEAD }") == backends


def test_without_a_monolith_there_are_no_shares_and_no_socket() -> None:
    written = lines(rules.load())
    assert not [line for line in written if "shares" in line or "stats socket" in line]


def test_with_a_monolith_a_group_has_the_share_that_the_map_says() -> None:
    written = lines(rules.load(), targets={**TARGETS, "monolith": (("127.0.0.1", 8200),)})
    chosen = max(place for place, line in enumerate(written) if "set-var(txn.group) str(web)" in line)
    (looked_up,) = (place for place, line in enumerate(written) if "map_str_int(opt@shares.map,0)" in line)
    assert chosen < looked_up < written.index("use_backend %[var(txn.group)]")
    assert "backend monolith" in written


def test_the_socket_of_the_runtime_api_is_the_owners_alone() -> None:
    assert "stats socket /run/a.sock level operator mode 600" in lines(
        rules.load(), runtime_api="/run/a.sock"
    )
    assert "stats socket ipv4@127.0.0.1:1 level operator" in lines(
        rules.load(), runtime_api="ipv4@127.0.0.1:1"
    )
