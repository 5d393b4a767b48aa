"""Idempotency keys: the same key and body again gets the first answer and does nothing.

The key's row is claimed in the transaction of the write itself: a twin waits on its unique index
until the first has committed (and then reads its answer) or rolled back (and then goes ahead).
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

import orjson
from cryptography.fernet import Fernet
from fastapi import Response

from chassis.database import Database, Statement, Transaction, sql
from chassis.problem import IdempotencyKeyReused, Invalid

KEPT = "interval '24 hours'"
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


def ddl(schema: str) -> str:
    """The table that keeps answers, for a service's first migration."""
    return f"""
        CREATE TABLE {schema}.idempotency (
            scope bytea PRIMARY KEY,
            fingerprint bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            answer bytea
        );
        CREATE INDEX ON {schema}.idempotency (created_at);
    """


class _Statements:
    def __init__(self, schema: str) -> None:
        self.claim = sql(f"""
            INSERT INTO {schema}.idempotency AS kept (scope, fingerprint) VALUES (:scope, :fingerprint)
            ON CONFLICT (scope) DO UPDATE
                SET fingerprint = excluded.fingerprint, created_at = now(), answer = NULL
                WHERE kept.answer IS NULL OR kept.created_at < now() - {KEPT}
            RETURNING true
        """)
        self.read = sql(f"SELECT fingerprint, answer FROM {schema}.idempotency WHERE scope = :scope")
        self.keep = sql(f"UPDATE {schema}.idempotency SET answer = :answer WHERE scope = :scope")
        self.forget: Statement = sql(f"DELETE FROM {schema}.idempotency WHERE created_at < now() - {KEPT}")


class Answers:
    """Claims keys and keeps answers, sealed: some hold tokens. Fingerprints are keyed: some cover
    passwords."""

    def __init__(self, secret: str, schemas: list[str]) -> None:
        self._key = hashlib.sha256(b"idempotency:" + secret.encode()).digest()
        self._seal = Fernet(urlsafe_b64encode(hashlib.sha256(b"answers:" + secret.encode()).digest()))
        self._statements = {schema: _Statements(schema) for schema in schemas}

    def scope(self, schema: str, caller: str | None, path: str, key: str) -> bytes:
        """What a key is unique within: service, caller and path. Invalid unless 1–255 printable."""
        if not _PRINTABLE.fullmatch(key):
            raise Invalid("Idempotency-Key", "must be 1 to 255 printable ASCII characters")
        return self._digest(orjson.dumps([schema, caller, path, key]))

    async def claim(
        self, transaction: Transaction, schema: str, scope: bytes, body: bytes
    ) -> Response | None:
        """None when the write is to go ahead, else the first answer; IdempotencyKeyReused for another
        body."""
        statements, fingerprint = self._statements[schema], self._digest(body)
        if await transaction.one(statements.claim, scope=scope, fingerprint=fingerprint):
            return None
        kept = await transaction.one(statements.read, scope=scope)
        if kept is None or not hmac.compare_digest(kept["fingerprint"], fingerprint):
            raise IdempotencyKeyReused()
        status, headers, answer = orjson.loads(self._seal.decrypt(kept["answer"]))
        return Response(answer.encode(), status, headers)

    async def keep(self, transaction: Transaction, schema: str, scope: bytes, response: Response) -> None:
        """Keeps a 2xx answer, in the transaction that made it."""
        headers = {
            name.decode(): value.decode("latin-1")
            for name, value in response.raw_headers
            if name != b"content-length"
        }
        answer = orjson.dumps([response.status_code, headers, bytes(response.body).decode()])
        statement = self._statements[schema].keep
        await transaction.run(statement, scope=scope, answer=self._seal.encrypt(answer))

    async def forget_old(self, database: Database) -> None:
        """Deletes what is older than a day."""
        for statements in self._statements.values():
            await database.run(statements.forget)

    def _digest(self, data: bytes) -> bytes:
        return hmac.digest(self._key, data, "sha256")
