"""Reading mail files: one mail after another, in constant memory.

A file that begins with `From ` is an mbox, anything else is a single mail (`.eml`). Either may be gzipped.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, cast

LARGEST = 32 * 1024 * 1024  # bytes of one mail that are read; what follows is an attachment's
CHUNK = 1024 * 1024  # a line longer than this is read in pieces
GZIP_MAGIC = b"\x1f\x8b"
HEADER_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:|>From ")
DATED = re.compile(rb"From (?:-|\S.* \d\d?:\d\d.* \d{4})\s*$")
QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
BLANK = (b"\n", b"\r\n")


class Damaged(Exception):
    """A file that breaks off or cannot be unpacked; what stood before that was given out."""


def mails(path: Path, seen: Callable[[int], object] = int) -> Iterator[bytes]:
    """Each mail of the file as raw bytes, quoted `>From ` lines undone. OSError, Damaged.

    `seen` is told, mail by mail, how many bytes of the file on disk have been read.
    """
    with path.open("rb") as disk, unpacked(path, disk) as file:
        lines = iter(partial(file.readline, CHUNK), b"")
        first = next(lines, b"")
        if first.startswith(b"From "):
            for mail in split(lines):
                seen(disk.tell())
                yield QUOTED_FROM.sub(rb"\1", mail)
        elif first:
            yield (first + file.read(LARGEST))[:LARGEST]
        seen(disk.tell())


def split(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The mails of an mbox whose first `From ` line has been read.

    A further mail begins at a `From ` line that a header field follows and that either ends in a date or
    follows a blank line (RFC 4155, appendix A); so an unquoted `From ` that begins a sentence does not cut a
    mail in two.
    """
    mail: list[bytes] = []
    size = 0
    after_blank = False
    separator = b""  # what may be one, until the next line tells
    for line in lines:
        if separator:
            if HEADER_FIELD.match(line):
                yield b"".join(mail)
                mail, size = [], 0
            else:
                mail.append(separator)
            separator = b""
        if line.startswith(b"From ") and (after_blank or DATED.match(line)):
            separator = line
        elif size < LARGEST:
            mail.append(line)
            size += len(line)
        after_blank = line in BLANK
    yield b"".join([*mail, separator])


@contextmanager
def unpacked(path: Path, disk: IO[bytes]) -> Iterator[IO[bytes]]:
    """The file's content, unpacked when its first bytes say gzip."""
    packed = disk.read(2) == GZIP_MAGIC
    disk.seek(0)
    try:
        yield cast(IO[bytes], gzip.GzipFile(fileobj=disk)) if packed else disk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Damaged(f"{path.name} breaks off: {error}") from error
