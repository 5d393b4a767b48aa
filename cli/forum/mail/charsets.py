"""Bytes of mails to text: declared charsets, missing ones, unknown ones and wrong ones."""

import codecs
import re
from binascii import a2b_base64, a2b_qp
from itertools import groupby

# What senders say and what they send: each of these is a superset of the declared one.
SENT_AS = {
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
ALIASES = {"x-unicode-2-0-utf-7": "utf-7", "ks_c_5601-1987": "cp949", "x-gbk": "gb18030", "x-sjis": "cp932"}
NOT_FOR_MAIL = {"ascii", "idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}
UNWANTED = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])  # controls; tab and newline stay
SURROGATE = re.compile("[\ud800-\udfff]")
ENCODED_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
BETWEEN_WORDS = re.compile(r"(=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)")
LONGEST_HEADER = 10_000  # characters; longer ones are cut before anything looks at them


def decode(data: bytes, charset: str | None) -> str:
    """The text of `data`: as declared, else UTF-8, else as declared with U+FFFD, else Windows-1252."""
    codec = _codec(charset)
    for name in filter(None, (codec, "utf-8")):
        try:
            return data.decode(name)
        except ValueError:  # UnicodeError, and what a codec says of bytes it never expected
            continue
    return data.decode(codec or "cp1252", "replace")


def clean(text: str) -> str:
    """The text as every part of the forum can hold it: no controls, no lone surrogates, newlines only."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text.translate(UNWANTED))


def header_text(value: str, charset: str | None = None) -> str:
    """A header's value on one line: encoded words (RFC 2047) decoded, raw 8-bit bytes read as `charset`."""
    value = BETWEEN_WORDS.sub(r"\1", value[:LONGEST_HEADER])
    text, end = "", 0
    words: list[tuple[str, bytes]] = []  # words that touch: one character may be spread over two of them
    for word in ENCODED_WORD.finditer(value):
        if word.start() > end:
            text, words = text + _joined(words) + _raw(value[end : word.start()], charset), []
        words.append((word[1].partition("*")[0], _unpacked(word[2], word[3])))
        end = word.end()
    text += _joined(words) + _raw(value[end:], charset)
    return " ".join(clean(text).split())


def _joined(words: list[tuple[str, bytes]]) -> str:
    by_charset = groupby(words, key=lambda word: word[0].lower())
    return "".join(decode(b"".join(data for _, data in run), charset) for charset, run in by_charset)


def _raw(value: str, charset: str | None) -> str:
    return value if value.isascii() else decode(value.encode("utf-8", "surrogateescape"), charset)


def _unpacked(encoding: str, data: str) -> bytes:
    packed = data.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return a2b_qp(packed, header=True)
    try:
        return a2b_base64(packed + b"==")
    except ValueError:
        return packed


def _codec(charset: str | None) -> str | None:
    """Python's name of a charset; None where it says nothing that could be used."""
    name = (charset or "").strip().strip("\"'").lower()
    try:
        codec = codecs.lookup(ALIASES.get(name, name)).name
        b"".decode(codec)  # a LookupError for what turns bytes into bytes, such as base64
    except (LookupError, ValueError):
        return None
    return None if codec in NOT_FOR_MAIL else SENT_AS.get(codec, codec)
