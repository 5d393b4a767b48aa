"""What an import costs beside parsing and rendering its mails alone, in one process, in the same run."""

import asyncio
import gzip
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg

from bench.forums import databases, passable_folder
from forum.hosting.embedded import Server, running
from forum.mail.digest import digests
from forum.mail.mbox import mails
from tests.running import Running

MADE_UP_MAILS = 3_000
SENTENCE = "What I meant is this: the quick brown fox jumps over the lazy dog, and the dog is not amused. "


async def measure(mbox: Path | None) -> dict[str, Any]:
    """Seconds of both, three times in turns, into a fresh split each time."""
    folder = passable_folder()
    server = Server(folder / "postgres")
    try:
        source = mbox or made_up(folder / "made-up.mbox.gz")
        async with running(server, folder / "postgres.log"):
            rounds = [await one_round(server, source, folder) for _ in range(3)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"mbox": source.name, "rounds": rounds}


async def one_round(server: Server, source: Path, folder: Path) -> dict[str, float]:
    """One import into empty databases, and the yardstick right after it."""
    connection = await asyncpg.connect(server.url("postgres"))
    for app in ("users", "topics", "messages"):
        await connection.execute(f"DROP DATABASE IF EXISTS bench_{app}")
    await connection.close()
    urls = await databases(server, "split")
    await asyncio.to_thread(Running("split", urls, folder).migrate)
    environment = os.environ | {f"{app.upper()}_DATABASE_URL": url for app, url in urls.items()}
    environment |= {"TOPOLOGY": "split", "DATA_DIR": str(folder / "unused")}
    command = [str(Path(sys.executable).parent / "forum"), "import", str(source)]
    began = time.perf_counter()
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=True
    )
    imported = time.perf_counter() - began
    return {"import": imported, **alone_seconds(source), "said": done.stdout.splitlines()}  # type: ignore[dict-item]


def alone_seconds(source: Path) -> dict[str, float]:
    """Seconds for parsing and rendering every mail in this process, and how many there are."""
    began = time.perf_counter()
    raws = list(mails(source, lambda _: None))
    digests(raws)
    return {"alone": time.perf_counter() - began, "mails": len(raws)}


def made_up(path: Path) -> Path:
    """A mailbox of made-up threads, like a mailing list's in sizes and shape."""
    with gzip.open(path, "wt") as file:
        for number in range(MADE_UP_MAILS):
            thread = number // 3
            answers = f"In-Reply-To: <{thread * 3}@bench.example>\n" if number % 3 else ""
            quoted = f"> {SENTENCE}\n" * 5 if number % 3 else ""
            file.write(
                f"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
                f"From: Person {number % 200} <person{number % 200}@bench.example>\n"
                f"Date: Thu, 01 Jan 2026 00:00:{number % 60:02} +0000\nSubject: Thread {thread}\n"
                f"Message-ID: <{number}@bench.example>\n{answers}\n{quoted}\n{SENTENCE * 20}\n\n"
            )
    return path


def lines(measured: dict[str, Any]) -> list[str]:
    """The table's part."""
    shown = [f"import of {measured['mbox']}: seconds ÷ parsing and rendering alone, mails per second"]
    for each in measured["rounds"]:
        took, alone = each["import"], each["alone"]
        shown.append(f"  {took:6.2f} ÷ {alone:6.2f} = {took / alone:5.2f} {each['mails'] / took:8.0f}")
    return shown
