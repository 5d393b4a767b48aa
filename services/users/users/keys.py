"""Signing keys: made, published, rotated and retired. The private half is kept sealed.

A new key is published at once and signs after a while, so that who verifies has it by then; the old
one stays live for as long as a token that it signed.
"""

import asyncio
import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis.database import Database, Queries, Transaction, sql
from chassis.tokens import ALGORITHM, FetchKeys

HELD_SECONDS = 5.0  # how long a process signs with the key that it read
SIGNS_AFTER = timedelta(seconds=30)  # feeds bring a key within 2 s; a verifier asks again after 5 s
MARGIN = timedelta(seconds=60)  # clocks differ, and HELD_SECONDS

LIVE = sql("SELECT kid, jwk FROM users.keys WHERE state = 'live' ORDER BY signs_from DESC, kid")
# clock_timestamp: now() stands still while a transaction waits for the lock.
SIGNING = sql("""
    SELECT kid, private FROM users.keys WHERE state = 'live' AND signs_from <= clock_timestamp()
    ORDER BY signs_from DESC, kid
""")
LOCK = sql("LOCK TABLE users.keys IN SHARE ROW EXCLUSIVE MODE")
PUBLISH = sql("""
    INSERT INTO users.keys (kid, jwk, private, signs_from)
    VALUES (:kid, :jwk, :private, now() + CAST(:after AS interval))
""")
SCHEDULE = sql("""
    UPDATE users.keys SET retires_at = least(retires_at, now() + CAST(:after AS interval))
    WHERE state = 'live'
""")
RETIRE = sql("""
    UPDATE users.keys SET state = 'retired', private = NULL
    WHERE state = 'live' AND retires_at <= now()
""")


class SigningKey(NamedTuple):
    """A private key and the id by which its public half is found."""

    kid: str
    private: Ed25519PrivateKey


class Keys:
    """The signing keys of the forum. `lifetime` is an access token's."""

    def __init__(self, database: Database, secret: str, *, lifetime: timedelta) -> None:
        self._database, self._lifetime = database, lifetime
        self._seal = Fernet(urlsafe_b64encode(hashlib.sha256(b"keys:" + secret.encode()).digest()))
        self._held: SigningKey | None = None
        self._read_at = float("-inf")
        self._making = asyncio.Lock()

    async def signing(self, queries: Queries) -> SigningKey:
        """The key that signs now, read again every few seconds."""
        if self._held is None or time.monotonic() - self._read_at > HELD_SECONDS:
            self._held = await self._newest(queries) or await self.ensure()
            self._read_at = time.monotonic()
        return self._held

    async def ensure(self) -> SigningKey:
        """Makes a key when there is none that signs and opens under our secret; of several tasks that
        start at once one does."""
        async with self._making, self._database.transaction() as transaction:
            await transaction.run(LOCK)
            return await self._newest(transaction) or await self._publish(transaction, timedelta(0))

    async def rotate(self) -> str:
        """Publishes a new key, which signs half a minute later; the others retire once their last token
        has expired. Answers the new key's id."""
        async with self._database.transaction() as transaction:
            await transaction.run(LOCK)
            await transaction.run(SCHEDULE, after=SIGNS_AFTER + self._lifetime + MARGIN)
            return (await self._publish(transaction, SIGNS_AFTER)).kid

    async def retire(self) -> None:
        """Retires keys whose time has come, and forgets their private halves."""
        await self._database.run(RETIRE)

    async def _newest(self, queries: Queries) -> SigningKey | None:
        for row in await queries.all(SIGNING):
            try:
                private = Ed25519PrivateKey.from_private_bytes(self._seal.decrypt(row["private"]))
            except InvalidToken:  # sealed under another SECRET_KEY: it still verifies, but signs no more
                continue
            return SigningKey(row["kid"], private)
        return None

    async def _publish(self, transaction: Transaction, signs_after: timedelta) -> SigningKey:
        key = SigningKey(secrets.token_urlsafe(12), Ed25519PrivateKey.generate())
        public: dict[str, Any] = OKPAlgorithm.to_jwk(key.private.public_key(), as_dict=True)
        public.pop("key_ops", None)
        jwk = json.dumps({**public, "kid": key.kid, "use": "sig", "alg": ALGORITHM})
        sealed = self._seal.encrypt(key.private.private_bytes_raw())
        await transaction.run(PUBLISH, kid=key.kid, jwk=jwk, private=sealed, after=signs_after)
        return key


async def published(queries: Queries) -> list[dict[str, str]]:
    """The live public keys as JWKs, newest first."""
    return [json.loads(row["jwk"]) for row in await queries.all(LIVE)]


def reader(database: Database) -> FetchKeys:
    """What a Verifier here fetches: the live keys by kid."""

    async def fetch() -> dict[str, dict[str, Any]]:
        return {row["kid"]: json.loads(row["jwk"]) for row in await database.all(LIVE)}

    return fetch
