"""Asking a peer on its private port."""

import asyncio
from collections.abc import Mapping

import httpx

from chassis import traces
from chassis.edge import onward_headers


def client(
    url: str, auth: tuple[str, str], *, seconds: float, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client that presents `auth` (our name, our key) and waits `seconds` for an answer. Certificates,
    which take 20 ms to load, are loaded for https only."""
    return httpx.AsyncClient(
        base_url=url,
        auth=auth,
        timeout=seconds,
        trust_env=False,
        verify=url.startswith("https:"),
        transport=transport,
    )


async def ask(
    client: httpx.AsyncClient,
    path: str,
    *,
    route: str,
    params: Mapping[str, str | float] | None = None,
    seconds: float | None = None,
) -> httpx.Response:
    """The answer to a GET, asked for by the request or the work at hand, as logs and traces have it. `route`
    is the path with names in place of ids. TimeoutError when it takes longer than `seconds` in all."""
    url = f"{str(client.base_url).rstrip('/')}{path}"
    with traces.calling("GET", url, route) as call:
        async with asyncio.timeout(seconds):
            answer = await client.get(path, params=params, headers=onward_headers())
        call.answered(answer.status_code)
        return answer
