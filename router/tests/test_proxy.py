"""What a request and its answer look like on the other side of the proxy."""

import asyncio
import re

import pytest
from toys import DEADLINE, Answered, Asked, Start, Toy, answers, get, talk

from router.rules import Fixed


async def asked(port: int, *headers: str) -> list[list[str]]:
    shown = (await get(port, "/", *headers)).shown
    headers_seen = shown["headers"]
    assert isinstance(headers_seen, list)
    return headers_seen


async def test_each_service_gets_its_paths(port: int) -> None:
    wanted = {
        "/api/users": "users",
        "/api/topics/1": "topics",
        "/api/topics/1/messages": "messages",
        "/": "web",
    }
    assert {path: (await get(port, path)).shown["name"] for path in wanted} == wanted


async def test_the_target_arrives_as_it_was_sent(port: int) -> None:
    target = "/api/topics?q=%2F../a//b&c=%41|{}"
    assert (await get(port, target)).shown["target"] == target


async def test_bodies_go_through_both_ways(port: int) -> None:
    body = bytes(range(256)) * 1000
    answer = await get(port, "/", method="POST", body=body)
    assert answer.shown["body"] == body.decode("latin-1")


async def test_a_chunked_request_arrives_whole(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunks = b"5\r\nhello\r\n", b'6;x="y"\r\n wo', b"rld\r", b"\n0\r\nX-Trailer: 1\r\n\r\n"
    (answer,) = answers(await talk(port, head, *chunks))
    assert answer.shown["body"] == "hello world"


async def test_addresses_are_appended_and_protocol_and_port_are_the_routers_own(port: int) -> None:
    sent = "X-Forwarded-For: 1.2.3.4", "x-forwarded-for: 5.6.7.8", "X-Forwarded-Proto: https"
    headers = dict(await asked(port, *sent))
    assert headers["X-Forwarded-For"] == "1.2.3.4, 5.6.7.8, 127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["X-Forwarded-Port"] == str(port)


async def test_a_request_without_a_trace_gets_one(port: int) -> None:
    trace = dict(await asked(port))["X-Amzn-Trace-Id"]
    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", trace)


async def test_a_trace_goes_on_behind_the_routers_own_id(port: int) -> None:
    trace = dict(await asked(port, "X-Amzn-Trace-Id: Root=1-1-2; Self=old;A=b"))["X-Amzn-Trace-Id"]
    assert re.fullmatch("Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-1-2;A=b", trace)


async def test_headers_of_one_hop_and_names_with_two_readings_stay_behind(port: int) -> None:
    sent = (
        "Keep-Alive: 1",
        "TE: trailers",
        "Upgrade: websocket",
        "Secret: 1",
        "A_b: 1",
        "Proxy-Connection: x",
    )
    names = {name.lower() for name, _ in await asked(port, *sent, "Connection: secret, upgrade", "Kept: 1")}
    assert "kept" in names
    assert not names & {"keep-alive", "te", "upgrade", "secret", "a_b", "proxy-connection", "connection"}


async def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    paths = ["/1", "/internal/2", "/api/users/3", "/4"]
    sent = "".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n" for path in paths)
    got = answers(
        await talk(port, sent.encode() + b"GET /5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    )
    assert [answer.status for answer in got] == [200, 404, 200, 200, 200]
    assert [answer.shown["target"] for answer in got if answer.status == 200] == [
        "/1",
        "/api/users/3",
        "/4",
        "/5",
    ]


async def test_a_request_in_pieces_of_one_byte_is_one_request(port: int) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
    (answer,) = answers(await talk(port, *(sent[at : at + 1] for at in range(len(sent)))))
    assert answer.shown["body"] == "abc"


async def test_connections_to_a_service_are_used_again(port: int, toys: dict[str, Toy]) -> None:
    for _ in range(5):
        await get(port)
    assert toys["web"].connections == 1


async def test_a_head_request_has_no_body(port: int) -> None:
    answer = await get(port, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


async def test_the_router_promises_100_continue_itself(port: int, toys: dict[str, Toy]) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n"
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + b"Expect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"x")
        (answer,) = answers(await reader.read())
        writer.close()
    assert answer.shown["body"] == "x"
    assert not toys["web"].asked[0].all("expect")


async def test_http_1_0_is_answered_and_closed_or_kept_as_asked(port: int) -> None:
    (closed,) = answers(await talk(port, b"GET / HTTP/1.0\r\n\r\n"))
    assert closed.headers["connection"] == "close"
    kept = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    got = answers(await talk(port, kept + b"GET / HTTP/1.0\r\n\r\n"))
    assert [answer.headers["connection"] for answer in got] == ["keep-alive", "close"]


async def test_an_absolute_target_is_its_path(port: int) -> None:
    sent = b"GET http://a:80/internal/x HTTP/1.1\r\nHost: a:80\r\n\r\n"
    first, second = answers(await talk(port, sent + b"GET http://a/y?z HTTP/1.0\r\n\r\n"))
    assert first.status == 404
    assert second.shown["target"] == "/y?z"


async def test_a_client_that_has_sent_all_still_gets_its_answer(port: int) -> None:
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        writer.write_eof()
        (answer,) = answers(await reader.read())
        writer.close()
    assert answer.status == 200


@pytest.mark.parametrize("status", [299, 404, 599])
async def test_a_fixed_answer_may_have_any_status(start: Start, status: int) -> None:
    proxy = await start()
    proxy.choose = lambda *_: Fixed(status, "text/html", "é")
    answer = await get(proxy.port)
    assert (answer.status, answer.body.decode(), answer.headers["content-type"]) == (status, "é", "text/html")


ODD = [
    (b"HTTP/1.1 204 No Content\r\n\r\n", Answered(204, {}, b"")),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", Answered(304, {}, b"")),
    (b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", Answered(200, {}, b"a")),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", Answered(200, {}, b"ab")),
    (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", Answered(200, {}, b"until the end")),
    (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", Answered(200, {}, b"")),
]


@pytest.mark.parametrize(("answer", "wanted"), ODD)
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_every_kind_of_answer_arrives(
    port: int, toys: dict[str, Toy], answer: bytes, wanted: Answered, version: bytes
) -> None:
    async def give(_: Asked, reader: object, writer: object) -> None:
        writer.write(answer)  # type: ignore[attr-defined]
        writer.close()  # type: ignore[attr-defined]

    toys["web"].answer = give
    sent = b"GET / HTTP/%b\r\nHost: a\r\nConnection: close\r\n\r\n" % version
    (got,) = answers(await talk(port, sent))
    assert (got.status, got.body) == (wanted.status, wanted.body)
