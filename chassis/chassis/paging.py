"""Opaque cursors: where a reader stands in a list, signed so that no other list takes it."""

import base64
import binascii
import hashlib
import hmac
from typing import Any

import orjson

from chassis.problem import BadCursor

_MAC_BYTES = 12


class Cursors:
    """Makes and reads cursors. The list's name, filters included, is part of the signature only."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"cursor:" + secret.encode()).digest()

    def encode(self, of: str, *position: Any) -> str:
        """The cursor behind the row at `position` (JSON values) of the list `of`."""
        payload = orjson.dumps(position)
        return base64.urlsafe_b64encode(self._sign(of, payload) + payload).rstrip(b"=").decode()

    def decode(self, of: str, cursor: str) -> list[Any]:
        """The position in the list `of`; BadCursor for anything that `encode` did not make for it."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadCursor() from error
        signature, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(signature, self._sign(of, payload)):
            raise BadCursor()
        position: list[Any] = orjson.loads(payload)
        return position

    def _sign(self, of: str, payload: bytes) -> bytes:
        return hmac.digest(self._key, of.encode("utf-8", "surrogatepass") + b"\0" + payload, "sha256")[
            :_MAC_BYTES
        ]
