"""Load from wrk: 16 keep-alive connections, one thread, so that it takes little from the server."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16


@dataclass(frozen=True)
class Target:
    """What is asked for. `script` is wrk's Lua, for requests that differ."""

    name: str
    url: str
    script: str = ""


def rate(target: Target, seconds: float) -> float:
    """Requests answered per second. SystemExit when wrk is absent or any answer was no 2xx."""
    if shutil.which("wrk") is None:
        raise SystemExit("The benchmark needs wrk (on Debian: apt install wrk).")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", target.url]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if target.script:
            Path(script.name).write_text(target.script)
            command[1:1] = ["-s", script.name]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{target.name}: some requests failed\n{output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None:
        raise SystemExit(f"{target.name}: wrk printed no rate\n{output}")
    return float(found[1])


def posts(token: str, topic_ids: list[str]) -> str:
    """Lua that posts a message of 300 characters to one of the topics, by chance."""
    topics = ", ".join(f'"{topic_id}"' for topic_id in topic_ids)
    text = "What I meant is **this**: the quick brown fox jumps over the lazy dog, twice. " * 4
    return f"""
        local topics = {{ {topics} }}
        local headers = {{ ["Content-Type"] = "application/json", ["Authorization"] = "Bearer {token}" }}
        local body = '{{"body": "{text[:300]}"}}'
        request = function()
            local topic = topics[math.random(#topics)]
            return wrk.format("POST", "/api/topics/" .. topic .. "/messages", headers, body)
        end
    """
