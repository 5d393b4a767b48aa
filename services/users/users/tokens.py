"""The pair of tokens that a session hands out.

An access token is a JWT. A refresh token names a session and a serial under a MAC; each use moves the
session's serial on, so an older one was used before. None is stored.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt

from chassis.database import Queries
from chassis.tokens import ALGORITHM
from users import schemas
from users.errors import BadRefreshToken
from users.keys import Keys

MAC_BYTES = 32
SERIAL_BYTES = 4


class Tokens:
    """Makes tokens, and reads refresh tokens (access tokens are read by chassis.tokens)."""

    def __init__(self, keys: Keys, secret: str, *, issuer: str, audience: str, lifetime: timedelta) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience
        self._seconds = int(lifetime.total_seconds())
        self._mac_key = hashlib.sha256(b"refresh:" + secret.encode()).digest()

    async def pair(
        self, queries: Queries, user: Mapping[str, Any], session: UUID, serial: int
    ) -> dict[str, Any]:
        """A Session of the user as the row says."""
        return {
            "access_token": await self._access(queries, user, session),
            "token_type": "Bearer",
            "expires_in": self._seconds,
            "refresh_token": self.refresh(session, serial),
            "user": schemas.user(user, user["role"]),
        }

    async def _access(self, queries: Queries, user: Mapping[str, Any], session: UUID) -> str:
        key = await self._keys.signing(queries)
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user["id"]),
            "username": user["username"],
            "display_name": user["display_name"],
            "role": user["role"],
            "sid": str(session),
            "iat": now,
            "exp": now + self._seconds,
        }
        return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.kid})

    def refresh(self, session: UUID, serial: int) -> str:
        """The refresh token of that serial."""
        payload = session.bytes + serial.to_bytes(SERIAL_BYTES)
        return base64.urlsafe_b64encode(self._mac(payload) + payload).rstrip(b"=").decode()

    def read_refresh(self, token: str) -> tuple[UUID, int]:
        """(session, serial); BadRefreshToken for what `refresh` did not make."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadRefreshToken() from error
        mac, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(payload)):
            raise BadRefreshToken()
        return UUID(bytes=payload[:-SERIAL_BYTES]), int.from_bytes(payload[-SERIAL_BYTES:])

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._mac_key, payload, "sha256")
