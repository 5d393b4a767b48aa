"""Verifying access tokens (JWT, RFC 7519, signed with EdDSA) against the public keys in reach."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import jwt
from fastapi import Depends, Request
from prometheus_client import Counter

from chassis.problem import Unauthorized

ALGORITHM = "EdDSA"
CACHED_TOKENS = 10_000  # about 10 MB; verifying costs 250 µs, a hit 1 µs
KEYS_SECONDS = 5.0  # how old the known keys may get before they are read again
REQUIRED = ["iss", "aud", "sub", "exp", "iat", "sid", "username", "display_name", "role"]

lookups = Counter("token_cache_lookups_total", "Access tokens looked up in the cache", ["result"])
_hits, _misses = lookups.labels("hit"), lookups.labels("miss")

FetchKeys = Callable[[], Awaitable[dict[str, dict[str, Any]]]]


class Claims(NamedTuple):
    """Who calls, as their access token says."""

    id: UUID
    username: str
    display_name: str
    role: str
    session: UUID
    expires: float


class Verifier:
    """Verifies tokens and remembers them. `fetch_keys` gives the live public JWKs by kid."""

    def __init__(self, fetch_keys: FetchKeys, *, issuer: str, audience: str) -> None:
        self._fetch_keys, self._issuer, self._audience = fetch_keys, issuer, audience
        self._keys: dict[str, dict[str, Any]] = {}
        self._read_at = float("-inf")
        self._verified: dict[str, Claims] = {}

    async def verify(self, token: str) -> Claims:
        """The claims of a valid token; Unauthorized for any other."""
        if time.monotonic() - self._read_at > KEYS_SECONDS:
            await self._read_keys()
        claims = self._verified.get(token)
        if claims is None:
            _misses.inc()
            claims = await self._decode(token)
            if len(self._verified) >= CACHED_TOKENS:
                del self._verified[next(iter(self._verified))]
            self._verified[token] = claims
        else:
            _hits.inc()
        if claims.expires <= time.time():
            raise Unauthorized("The access token has expired. Refresh the session.")
        return claims

    async def _read_keys(self) -> None:
        keys = await self._fetch_keys()
        self._read_at = time.monotonic()
        if keys != self._keys:
            self._keys = keys
            self._verified.clear()

    async def _decode(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            if kid not in self._keys and time.monotonic() - self._read_at > 0.2:  # made a moment ago?
                await self._read_keys()
            if not isinstance(kid, str) or kid not in self._keys:
                raise Unauthorized("The access token is signed with an unknown key.")
            claims = jwt.decode(
                token,
                jwt.PyJWK(self._keys[kid], algorithm=ALGORITHM),
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": REQUIRED},
            )
            return Claims(
                UUID(claims["sub"]),
                str(claims["username"]),
                str(claims["display_name"]),
                str(claims["role"]),
                UUID(claims["sid"]),
                float(claims["exp"]),
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("The access token has expired. Refresh the session.") from error
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError) as error:
            raise Unauthorized("The access token is not valid.") from error


async def authenticate(request: Request) -> Claims | None:
    """The caller of a request, None without an Authorization header, Unauthorized for a bad one."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    known: Claims | None = getattr(request.state, "claims", None)
    if known is None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized("Send the access token as: Authorization: Bearer …")
        known = await request.app.state.verifier.verify(token.strip())
        request.state.claims = known
    return known


async def identify(request: Request) -> Claims:
    """The caller of a request, Unauthorized without a good token."""
    claims = await authenticate(request)
    if claims is None:
        raise Unauthorized()
    return claims


Viewer = Annotated[Claims | None, Depends(authenticate)]
"""Whoever reads: claims, or None for the anonymous."""

Caller = Annotated[Claims, Depends(identify)]
"""Whoever writes: claims, or 401."""
