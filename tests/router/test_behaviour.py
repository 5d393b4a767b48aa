"""What both implementations promise besides the place: headers, streams, failures, one reading only."""

import asyncio
import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from implementations import Router, need_haproxy, running
from toys import DEADLINE, Asked, Toy, answers, echo, get, talk

POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
AFTER = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def seen(router: Router, *headers: str) -> Asked:
    """What the service saw of a request with these headers."""
    assert (await get(router.port, "/", *headers)).status == 200
    return router.toys["web"].asked[-1]


async def test_addresses_are_appended_and_protocol_and_port_are_the_routers_own(fresh: Router) -> None:
    asked = await seen(fresh, "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Port: 1")
    assert asked.all("x-forwarded-for") == ["1.2.3.4, 127.0.0.1"]
    assert asked.all("x-forwarded-proto") == ["http"]
    assert asked.all("x-forwarded-port") == [str(fresh.port)]
    assert (await seen(fresh)).all("x-forwarded-for") == ["127.0.0.1"]


async def test_the_last_of_several_addresses_is_the_clients_own(fresh: Router) -> None:
    asked = await seen(fresh, "X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 5.6.7.8")
    assert len(asked.all("x-forwarded-for")) == 1
    assert asked.all("x-forwarded-for")[0].endswith("5.6.7.8, 127.0.0.1")


async def test_every_request_has_a_trace(fresh: Router) -> None:
    own = "1-[0-9a-f]{8}-[0-9a-f]{24}"
    (trace,) = (await seen(fresh)).all("x-amzn-trace-id")
    assert re.fullmatch(f"Root={own}", trace)
    (trace,) = (await seen(fresh, "X-Amzn-Trace-Id: Root=1-1-2;Self=x;A=b")).all("x-amzn-trace-id")
    assert re.fullmatch(f"Self={own};Root=1-1-2;A=b", trace)


async def test_names_with_two_readings_and_upgrades_stay_behind(fresh: Router) -> None:
    asked = await seen(fresh, "X_Forwarded_For: 6.6.6.6", "Content_Length: 5", "Upgrade: h2c", "Kept: 1")
    names = {name.lower() for name, _ in asked.headers}
    assert "kept" in names
    assert not names & {"x_forwarded_for", "content_length", "upgrade"}


REFUSED = {
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a list of lengths": POST + b"Content-Length: 1, 2\r\n\r\na",
    "a length with a sign": POST + b"Content-Length: +1\r\n\r\na",
    "a space before the colon": POST + b"Content-Length : 1\r\n\r\na",
    "a name that is empty": POST + b": b\r\n\r\n",
    "NUL in a value": POST + b"X: a\x00b\r\n\r\n",
    "a bare carriage return": POST + b"X: a\rb\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    "a raw byte in the target": b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a relative target": b"GET internal/x HTTP/1.1\r\nHost: a\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a chunk size with 0x": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk size with a sign": CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n",
    "no chunk size": CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    "endless headers": POST + b"X: 1\r\n" * 20_000,
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_has_two_readings_reaches_no_service(fresh: Router, name: str) -> None:
    with suppress(ConnectionResetError):
        received = await talk(fresh.port, REFUSED[name] + AFTER)
        assert received.startswith(b"HTTP/1.1 4")
        assert received.count(b"HTTP/1.") == 1
    assert not [asked for toy in fresh.toys.values() for asked in toy.asked if "smuggled" in asked.target]


TOO_LARGE = [
    (413, POST + b"Content-Length: 1048577\r\n\r\n"),
    (414, b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
]


@pytest.mark.parametrize(("status", "sent"), TOO_LARGE, ids=["body", "request line"])
async def test_what_is_too_large_is_refused_at_once(fresh: Router, status: int, sent: bytes) -> None:
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", fresh.port)
        writer.write(sent)
        assert int((await reader.readline()).split()[1]) == status
        writer.close()
    assert not fresh.toys["web"].asked


async def test_a_length_beside_chunks_smuggles_nothing(fresh: Router) -> None:
    sent = POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + AFTER
    got = answers(await talk(fresh.port, sent))
    assert len(fresh.toys["web"].asked) <= len(got)
    assert not any(asked.body for asked in fresh.toys["web"].asked)


async def test_a_group_that_is_down_is_503_and_no_other_group_answers(fresh: Router) -> None:
    await fresh.toys["users"].stop()
    await until_status(fresh, "/api/users", 503)
    assert (await get(fresh.port, "/api/topics")).status == 200
    took = [asked.target for name, toy in fresh.toys.items() if name != "users" for asked in toy.asked]
    assert not any(target.startswith("/api/users") for target in took)
    await fresh.toys["users"].start()
    await until_status(fresh, "/api/users", 200)


async def test_a_service_that_is_leaving_gets_no_more_requests(fresh: Router) -> None:
    fresh.toys["topics"].ready = False
    await until_status(fresh, "/api/topics", 503)
    fresh.toys["topics"].ready = True
    await until_status(fresh, "/api/topics", 200)


async def until_status(router: Router, path: str, status: int) -> None:
    async with asyncio.timeout(DEADLINE):
        while (await get(router.port, path)).status != status:  # noqa: ASYNC110 - the router does not tell
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("PATCH", 1), ("DELETE", 1)])
async def test_what_may_have_been_done_is_not_done_again(fresh: Router, method: str, times: int) -> None:
    async def done_and_dead(_: Asked, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    toy = fresh.toys["messages"]
    await get(fresh.port, "/api/messages")
    toy.asked.clear()
    toy.answer = done_and_dead
    assert (await get(fresh.port, "/api/messages", method=method, body=b"{}")).status == 502
    assert len(toy.asked) == times


async def test_each_event_arrives_at_once(fresh: Router) -> None:
    go = asyncio.Event()

    async def stream(_: Asked, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(b"7\r\ndata: 1\r\n")
        await writer.drain()
        await go.wait()
        writer.write(b"7\r\ndata: 2\r\n0\r\n\r\n")
        await writer.drain()

    fresh.toys["messages"].answer = stream
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", fresh.port)
        writer.write(b"GET /api/topics/1/messages/stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await reader.readuntil(b"data: 1")
        go.set()
        assert b"data: 2" in await reader.read()
        writer.close()


async def test_a_large_body_goes_through_both_ways(fresh: Router) -> None:
    body = bytes(range(256)) * 2000
    assert (await get(fresh.port, "/", method="POST", body=body)).shown["body"] == body.decode("latin-1")


async def test_requests_behind_one_another_are_answered_in_order(fresh: Router) -> None:
    async def slow(asked: Asked, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1 if asked.target == "/1" else 0)
        await echo(asked, "web", writer)

    fresh.toys["web"].answer = slow
    sent = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in (1, 2)) + AFTER
    got = answers(await talk(fresh.port, sent))
    assert [answer.shown["target"] for answer in got] == ["/1", "/2", "/smuggled"]


@pytest.mark.parametrize("kind", ["proxy", "haproxy"])
async def test_weights_are_kept_by_chance_and_the_log_is_json(kind: str, tmp_path: Path) -> None:
    if kind == "haproxy":
        need_haproxy()
    share = [
        {"TargetGroupArn": name, "Weight": weight}
        for name, weight in (("users", 3), ("topics", 0), ("web", 1))
    ]
    rule = {
        "Priority": 10,
        "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/share/*"]}}],
        "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": share}}],
    }
    default = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "web"}]}}
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"Rules": [rule], "DefaultActions": [default]}))
    toys = {name: await Toy(name).start() for name in ("users", "topics", "web")}
    targets = {name: [f"127.0.0.1:{toy.port}"] for name, toy in toys.items()}
    async with running(kind, targets, tmp_path, RULES=str(rules)) as (port, log):
        for toy in toys.values():
            toy.asked.clear()
        sent = b"GET /share/x HTTP/1.1\r\nHost: a\r\n\r\n" * 399
        last = b'GET /share/"?secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
        got = answers(await talk(port, sent + last))
        assert [answer.status for answer in got] == [200] * 399 + [404]
    counts = {name: len(toy.asked) for name, toy in toys.items()}
    assert counts["topics"] == 0
    assert counts["users"] + counts["web"] == 399
    assert 240 < counts["users"] < 360
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    shared = [line for line in lines if line["path"] == "/share/x"]
    assert len(shared) == 399
    assert {line["group"] for line in shared} == {"users", "web"}
    assert '/share/"' in [line["path"] for line in lines]
    assert "secret" not in log.read_text()
    for toy in toys.values():
        await toy.stop()
