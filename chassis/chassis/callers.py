"""Who may call internal endpoints: every caller presents a key of its own; nobody else passes."""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable

from fastapi import Request

from chassis.problem import NotAllowed, Unauthorized


async def admit(request: Request, callers: Iterable[str]) -> str:
    """The caller's name, from HTTP Basic `name:key`. Unauthorized without a right key, NotAllowed when
    it is not one of `callers`."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, key = b64decode(credentials, validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        name, key = "", ""
    expected = request.app.state.settings.caller_keys.get(name)
    if scheme.lower() != "basic" or expected is None or not hmac.compare_digest(expected, key):
        raise Unauthorized("Internal endpoints need a caller's key.")
    if name not in callers:
        raise NotAllowed(f"{name} may not call this")
    return name
