"""What an import reads from an address: fetched whole before anything is written, so that what breaks off
brings in nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import unquote

import httpx

from forum.errors import Refused
from forum.moving.progress import Bars

SCHEMES = ("https://", "http://")
SILENCE_SECONDS = 30


@contextmanager
def fetched(sources: Sequence[str], bars: Bars) -> Iterator[list[Path]]:
    """The files and folders of all sources; those of an address are here for the block. Raises Refused."""
    for source in sources:
        if not source.startswith(SCHEMES) and not Path(source).exists():
            raise Refused(f"{source} does not exist")
    with TemporaryDirectory(prefix="forum-") as folder:
        yield [
            download(source, Path(folder, str(number)), bars) if source.startswith(SCHEMES) else Path(source)
            for number, source in enumerate(sources)
        ]


def download(address: str, folder: Path, bars: Bars) -> Path:
    """The file at `address`, by its own name in a new `folder`. Raises Refused, naming it without its query,
    which may be a signature."""
    try:
        url = httpx.URL(address)
        named = f"{url.host}{url.path}"
    except httpx.InvalidURL as error:
        raise Refused(f"{address} is no address: {error}") from error
    folder.mkdir()
    file = folder / (PurePosixPath(unquote(url.path)).name or "mail")
    try:
        fetch(url, file, bars)
    except httpx.HTTPStatusError as error:
        answer = error.response
        raise Refused(f"{named} answers {answer.status_code} {answer.reason_phrase}") from error
    except httpx.HTTPError as error:
        raise Refused(f"{named} cannot be fetched: {error or type(error).__name__}; start again") from error
    except OSError as error:
        raise Refused(f"{named} cannot be kept in {folder.parent}: {error.strerror}") from error
    return file


def fetch(url: httpx.URL, file: Path, bars: Bars) -> None:
    """The body as it is sent, gzipped or not. HTTPError, OSError."""
    headers = {"Accept-Encoding": "identity"}
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=SILENCE_SECONDS) as answer:
        answer.raise_for_status()
        size = answer.headers.get("Content-Length")
        with file.open("wb") as kept, bars.stage("Bytes", int(size) if size else None) as stage:
            for chunk in answer.iter_raw():
                kept.write(chunk)
                stage.more(len(chunk))
