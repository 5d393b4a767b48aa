"""What a start takes and what a process holds: bare uvicorn beside each application."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil

from tests.running import Process, clean_environment, free_port


@contextmanager
def bare_uvicorn() -> Iterator[tuple[str, float, int]]:
    """The yardstick running: its URL, the seconds until it answered, its pid."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.yardstick:app", "--port", str(port)]
    began = time.perf_counter()
    child = subprocess.Popen(
        [*command, "--log-level", "warning", "--no-access-log", "--loop", "uvloop", "--http", "httptools"],
        env=clean_environment(),
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        yield url, _seconds_until(url, began), child.pid
    finally:
        child.terminate()
        child.wait()


def seconds_to_ready(process: Process) -> float:
    """Starts an application of a deployment; seconds until it says it is ready."""
    began = time.perf_counter()
    process.start()
    return _seconds_until(f"http://127.0.0.1:{process.port}/health/ready", began)


def resident_mib(process: Process, path: str) -> float:
    """MiB resident, idle, after 100 requests."""
    with httpx.Client(base_url=f"http://127.0.0.1:{process.port}", trust_env=False) as client:
        for _ in range(100):
            client.get(path)
    assert process.child is not None  # noqa: S101
    return float(psutil.Process(process.child.pid).memory_info().rss) / 2**20


def _seconds_until(url: str, began: float) -> float:
    with httpx.Client(trust_env=False) as client:
        while time.perf_counter() - began < 30:
            try:
                if client.get(url).is_success:
                    return time.perf_counter() - began
            except httpx.TransportError:
                time.sleep(0.005)
    raise SystemExit(f"{url} did not answer within 30 s")
