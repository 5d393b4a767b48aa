"""Texts kept in a file while their place in the forum is not known yet."""

import tempfile
from dataclasses import dataclass
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a body and its HTML stand."""

    offset: int
    body: int  # bytes
    html: int


class Spill:
    """A file without a name; it is gone when the process is, however that ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="forum-import-")  # noqa: SIM115  closed in __exit__
        self._end = 0

    def __enter__(self) -> "Spill":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def keep(self, body: str, html: str) -> Kept:
        """Writes both texts; OSError when the disk is full."""
        packed = body.encode(), html.encode()
        kept = Kept(self._end, len(packed[0]), len(packed[1]))
        self._file.seek(self._end)
        self._file.write(b"".join(packed))
        self._end += kept.body + kept.html
        return kept

    def get(self, kept: Kept) -> tuple[str, str]:
        """Body and HTML again."""
        self._file.seek(kept.offset)
        packed = self._file.read(kept.body + kept.html)
        return packed[: kept.body].decode(), packed[kept.body :].decode()
