"""Requests that could be read in two ways: one answer each, then silence; nothing reaches a service twice."""

import re

import pytest
from samples import CHUNKED, DATA, POST, REFUSED, gunicorn, llhttp
from toys import Answered, Toy, answers, talk

absent = pytest.mark.skipif(not DATA.is_dir(), reason=f"no samples in {DATA}; this project's own are tested")
AFTER = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("name", REFUSED)
async def test_what_has_two_readings_is_refused_once(port: int, toys: dict[str, Toy], name: str) -> None:
    status, sent = REFUSED[name]
    got = answers(await talk(port, sent + AFTER))
    assert [answer.status for answer in got] == [status]
    assert got[0].headers["connection"] == "close"
    assert not any(asked.target == "/smuggled" for asked in toys["web"].asked)


@pytest.mark.parametrize("name", [name for name in REFUSED if len(REFUSED[name][1]) < 2000])
async def test_it_is_refused_alike_when_it_comes_in_pieces(
    port: int, toys: dict[str, Toy], name: str
) -> None:
    status, sent = REFUSED[name]
    sent += AFTER
    got = answers(await talk(port, *(sent[at : at + 1] for at in range(len(sent)))))
    assert [answer.status for answer in got] == [status]
    assert not any(asked.target == "/smuggled" for asked in toys["web"].asked)


async def test_a_body_that_looks_like_a_request_is_a_body(port: int, toys: dict[str, Toy]) -> None:
    sent = POST + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(AFTER) + AFTER
    (answer,) = answers(await talk(port, sent))
    assert answer.shown["body"] == AFTER.decode()
    assert [asked.target for asked in toys["web"].asked] == ["/"]


HALVES = [
    b"GET / HT",
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    POST + b"Content-Length: 9\r\n\r\nab",
    CHUNKED + b"5\r\nab",
]


@pytest.mark.parametrize("half", HALVES)
async def test_a_request_that_ends_in_the_middle_is_400(port: int, half: bytes) -> None:
    (answer,) = answers(await talk(port, half, end=True))
    assert answer.status == 400


@pytest.mark.parametrize("half", HALVES)
async def test_a_request_that_never_ends_is_408(port: int, half: bytes) -> None:
    (answer,) = answers(await talk(port, half))
    assert answer.status == 408


async def test_a_refused_head_request_has_no_body(port: int) -> None:
    assert (await talk(port, b"HEAD / HTTP/1.1\r\n\r\n")).endswith(b"\r\n\r\n")


async def test_an_idle_connection_is_closed_without_a_word(port: int) -> None:
    assert await talk(port, b"") == b""


async def ask(port: int, toys: dict[str, Toy], name: str, sent: bytes) -> list[Answered]:
    """The answers to a sample: never an error of ours, and no request reaches a service without an answer."""
    for toy in toys.values():
        toy.asked.clear()
    got = answers(await talk(port, sent, end=True), *re.findall(r"^([A-Z]+) ", sent.decode("latin-1"), re.M))
    assert all(answer.status < 500 or answer.status in (501, 505) for answer in got), name
    assert sum(len(toy.asked) for toy in toys.values()) <= len(got), name
    return got


# Refused by gunicorn's own settings or taste; every one of them has a single reading.
FINE = [
    "006",
    "007",
    "008",
    "009",
    "011",
    "012",
    "014",
    "017",
    "019",
    "022",
    "023",
    "040",
    "041",
    "limit_header_default_01",
]


@absent
@pytest.mark.parametrize("kind", ["valid", "invalid"])
async def test_samples_of_gunicorn_are_answered_once(port: int, toys: dict[str, Toy], kind: str) -> None:
    for name, sent in gunicorn(kind):
        got = await ask(port, toys, name, sent)
        if kind == "invalid" and name not in FINE:
            assert [answer.status // 100 for answer in got] in ([4], [5]), name
            assert got[0].headers["connection"] == "close", name


@absent
async def test_samples_of_llhttp_get_at_most_an_answer_per_request(port: int, toys: dict[str, Toy]) -> None:
    for name, sent in llhttp():
        got = await ask(port, toys, name, sent)
        assert all(answer.status == 200 for answer in got[:-1]), f"{name}: it went on after a refusal"
