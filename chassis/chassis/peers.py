"""Clients of a peer's private port."""

import httpx


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
