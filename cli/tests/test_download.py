"""What has an address is imported like a file, or not at all."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from empty_forum import OpenForum

from forum.errors import Refused
from forum.moving.download import fetched
from forum.moving.progress import bars

SAMPLE = Path(__file__).parent / "samples" / "garden.mbox"
FORUM = str(Path(sys.executable).with_name("forum"))


class Shelf(BaseHTTPRequestHandler):
    """Answers with a part of the sample as the path asks for it."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        body = SAMPLE.read_bytes()
        if path == "/moved":
            self.send_response(302)
            self.send_header("Location", f"/there/garden.mbox?{query}")
            self.end_headers()
            return
        self.send_response(403 if query == "signature=wrong" else 200)
        if path != "/of/unknown/size":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if path == "/breaks/off" else body)

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@pytest.fixture(scope="module")
def shelf() -> Iterator[str]:
    """The address of a server with the sample."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def fetching(*sources: str) -> AbstractContextManager[list[Path]]:
    with bars() as shown:
        return fetched(sources, shown)


def test_what_has_an_address_is_here_for_the_block_by_its_own_name(shelf: str) -> None:
    addresses = [
        f"{shelf}/a/garden.mbox",
        f"{shelf}/b/users.jsonl.gz?signature=right",
        f"{shelf}/of/unknown/size",
    ]
    with fetching(*addresses, str(SAMPLE), f"{shelf}/") as files:
        assert [file.name for file in files] == [
            "garden.mbox",
            "users.jsonl.gz",
            "size",
            "garden.mbox",
            "mail",
        ]
        assert files[3] == SAMPLE
        assert all(file.read_bytes() == SAMPLE.read_bytes() for file in files)
    assert [file.exists() for file in files] == [False, False, False, True, False]


def test_an_address_may_lead_elsewhere(shelf: str) -> None:
    with fetching(f"{shelf}/moved") as (file,):
        assert file.read_bytes() == SAMPLE.read_bytes()


def test_a_refusal_is_told_without_the_signature(shelf: str) -> None:
    with pytest.raises(Refused, match=r"^127\.0\.0\.1/garden\.mbox answers 403 Forbidden$"):
        fetching(f"{shelf}/garden.mbox?signature=wrong").__enter__()


def test_what_breaks_off_is_refused_whole(shelf: str) -> None:
    with pytest.raises(Refused, match=r"^127\.0\.0\.1/breaks/off cannot be fetched: .*; start again$"):
        fetching(f"{shelf}/breaks/off").__enter__()


def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(Refused, match=r"^127\.0\.0\.1/mail cannot be fetched: .*refused.*; start again$"):
        fetching("http://127.0.0.1:1/mail").__enter__()


def test_what_is_no_address_and_no_file_is_told_before_anything_is_fetched(shelf: str) -> None:
    with pytest.raises(Refused, match=r"^nowhere\.mbox does not exist$"):
        fetching(f"{shelf}/breaks/off", "nowhere.mbox").__enter__()
    with pytest.raises(Refused, match=r"^https://nowhere:mail/ is no address: "):
        fetching("https://nowhere:mail/").__enter__()


async def test_the_command_imports_from_an_address(empty_forum: OpenForum, shelf: str) -> None:
    async with empty_forum() as whole, empty_forum() as forum:
        await whole.bring_in(SAMPLE)
        done = subprocess.run(  # noqa: ASYNC221  the server has a thread of its own
            [FORUM, "import", f"{shelf}/list/garden.mbox"],
            env=forum.environment,
            capture_output=True,
            text=True,
        )
        assert await forum.content() == await whole.content()
    assert f"Bytes: {SAMPLE.stat().st_size:,}" in done.stderr
    assert done.returncode == 0
