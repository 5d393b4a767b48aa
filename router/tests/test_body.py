"""Where bodies end, however the network cuts them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.body import BadBody, body_of
from router.request import CHUNKED
from router.response import UNTIL_CLOSE


def fed(length: int, sent: bytes, cuts: list[int]) -> tuple[bytes, bytes, bool]:
    """What a body takes, what it leaves and whether it is done, of bytes that come in pieces."""
    body = body_of(length)
    taken = left = b""
    places = sorted({0, len(sent), *(cut % (len(sent) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        if body.done:
            left += sent[start:end]
            continue
        payload, rest = body.feed(sent[start:end])
        taken, left = taken + payload, left + rest
    return taken, left, body.done


@given(st.binary(max_size=50), st.binary(max_size=9), st.lists(st.integers(0, 99)))
def test_a_counted_body_takes_its_length(content: bytes, rest: bytes, cuts: list[int]) -> None:
    assert fed(len(content), content + rest, cuts) == (content, rest, True)


@given(st.lists(st.binary(min_size=1, max_size=40)), st.binary(max_size=9), st.lists(st.integers(0, 999)))
def test_a_chunked_body_takes_its_chunks(chunks: list[bytes], rest: bytes, cuts: list[int]) -> None:
    coded = b"".join(b'%X;a="b"\r\n%b\r\n' % (len(chunk), chunk) for chunk in chunks)
    sent = coded + b"000\r\nX-Sum: x\r\n\r\n" + rest
    assert fed(CHUNKED, sent, cuts) == (b"".join(chunks), rest, True)


@given(st.binary(max_size=50), st.lists(st.integers(0, 99)))
def test_a_body_until_close_takes_everything(content: bytes, cuts: list[int]) -> None:
    assert fed(UNTIL_CLOSE, content, cuts) == (content, b"", False)


@pytest.mark.parametrize("ending", [b"\n\n", b"\r\r", b"\n\r", b"x\n", b"\rx", b"\n0"])
@pytest.mark.parametrize("cuts", [[], [8], [9], [8, 9]])
def test_a_chunk_ends_with_cr_and_lf(ending: bytes, cuts: list[int]) -> None:
    with pytest.raises(BadBody):
        fed(CHUNKED, b"5\r\nhello" + ending + b"0\r\n\r\n", cuts)


@given(st.binary(max_size=60), st.lists(st.integers(0, 99)))
def test_anything_else_is_refused_or_waits_for_more(sent: bytes, cuts: list[int]) -> None:
    try:
        whole = fed(CHUNKED, sent, [])
    except BadBody:
        whole = None
    try:
        assert fed(CHUNKED, sent, cuts) == whole
    except BadBody:
        assert whole is None
