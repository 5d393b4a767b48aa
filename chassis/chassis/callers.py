"""Callers that we know: each presents a key of its own. Internal endpoints answer to nobody else."""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable

from fastapi import Request

from chassis.problem import NotAllowed, Unauthorized


async def admit(request: Request, callers: Iterable[str]) -> str:
    """The caller's name. Unauthorized without a right key, NotAllowed when it is not one of `callers`."""
    name = known(request)
    if name is None:
        raise Unauthorized("Internal endpoints need a caller's key.")
    if name not in callers:
        raise NotAllowed(f"{name} may not call this")
    return name


def known(request: Request) -> str | None:
    """The name of the caller whose key comes as HTTP Basic `name:key`; None without a right one."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, key = b64decode(credentials, validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        name, key = "", ""
    expected = request.app.state.settings.caller_keys.get(name)
    right = expected is not None and hmac.compare_digest(expected.encode(), key.encode())
    return name if right and scheme.lower() == "basic" else None


def address(request: Request) -> str:
    """Whom the outermost of our own routers saw: what is further left in X-Forwarded-For was made up by
    anyone."""
    hops: int = request.app.state.settings.trusted_hops
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    if 0 < hops <= len(forwarded) and (seen := forwarded[-hops].strip()):
        return str(seen)
    return request.client.host if request.client else ""
