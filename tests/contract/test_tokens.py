"""A token that is not good is 401 everywhere, on public reads too."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from forum_client import Forum, Json, Person, accepted, refused, unique
from running import DATABASES, Running

from users.keys import SigningKey

READS = [
    "/api/users", "/api/users/me", "/api/users/ada", "/api/sessions", "/.well-known/jwks.json",
    "/api/topics", "/api/tags", "/api/messages",
]  # fmt: skip
FORGERIES = [
    "no algorithm", "no algorithm in capitals", "the public key as a secret", "another key", "an unknown key",
    "a key of its own", "no key id", "a strange key id", "changed claims", "no signature", "half a signature",
    "no claims", "claims that are no object", "another algorithm",
]  # fmt: skip


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def unsigned(header: Json, claims: object) -> str:
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"


def signed(header: Json, claims: object, key: Ed25519PrivateKey) -> str:
    content = unsigned(header, claims)
    return f"{content}.{encoded(key.sign(content.encode()))}"


@pytest.fixture
def forgery(request: pytest.FixtureRequest, forum: Forum, ada: Person) -> str:
    """A token made from Ada's by somebody who knows everything but the secret key."""
    first, second, signature = ada.token.split(".")
    header, claims = decoded(first), decoded(second)
    mine = Ed25519PrivateKey.generate()
    (public,) = (
        key for key in accepted(forum.get("/.well-known/jwks.json"))["keys"] if key["kid"] == header["kid"]
    )
    by_public_key = unsigned(header | {"alg": "HS256"}, claims)
    secret = base64.urlsafe_b64decode(public["x"] + "==")
    own = {"kty": "OKP", "crv": "Ed25519", "x": encoded(mine.public_key().public_bytes_raw())}
    forgeries = {
        "no algorithm": unsigned(header | {"alg": "none"}, claims) + ".",
        "no algorithm in capitals": unsigned(header | {"alg": "NONE"}, claims) + f".{signature}",
        "the public key as a secret": f"{by_public_key}."
        + encoded(hmac.digest(secret, by_public_key.encode(), hashlib.sha256)),
        "another key": signed(header, claims, mine),
        "an unknown key": signed(header | {"kid": "unknown"}, claims, mine),
        "a key of its own": signed(header | {"jwk": own, "kid": "mine"}, claims, mine),
        "no key id": signed({"alg": "EdDSA"}, claims, mine),
        "a strange key id": signed(header | {"kid": ["' OR 1=1", 7]}, claims, mine),
        "changed claims": unsigned(header, claims | {"role": "admin"}) + f".{signature}",
        "no signature": f"{first}.{second}.",
        "half a signature": f"{first}.{second}.{signature[:40]}",
        "no claims": f"{first}..{signature}",
        "claims that are no object": signed(header, ["x"], mine),
        "another algorithm": unsigned(header | {"alg": "RS256"}, claims) + f".{signature}",
    }
    return forgeries[request.param]


@pytest.mark.parametrize("forgery", FORGERIES, indirect=True)
def test_a_forged_token_is_refused(forum: Forum, topic: Json, forgery: str) -> None:
    refused_everywhere(forum, topic, f"Bearer {forgery}")


@pytest.mark.parametrize(
    "credentials",
    [
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer ..",
        "Basic YWRhOmFkYQ==",
        "x",
        "Bearer é",
        "Bearer " + "x" * 6000,
    ],
)
def test_credentials_that_are_no_token_are_refused(forum: Forum, topic: Json, credentials: str) -> None:
    refused_everywhere(forum, topic, credentials)


def refused_everywhere(forum: Forum, topic: Json, credentials: str) -> None:
    """Reads and writes of every service answer 401."""
    headers = {"Authorization": credentials}
    messages = f"/api/topics/{topic['id']}/messages"
    one = [f"/api/{kind}/{topic['id']}" for kind in ("topics", "messages")]
    for path in [*READS, *one, messages, f"{messages}/stream"]:
        refused(forum.request("GET", path, headers=headers), 401)
    post = {"title": "x", "body": "x"}
    refused(forum.request("POST", "/api/topics", json=post, headers=headers), 401)
    refused(forum.request("POST", messages, json={"body": "x"}, headers=headers), 401)
    refused(forum.request("PATCH", "/api/users/me", json={"bio": "x"}, headers=headers), 401)


MISSIGNED: dict[str, Json] = {
    "expired": {"exp": 1_000_000_000},
    "expired a second ago": {"exp": int(time.time()) - 1},
    "without an end": {"exp": None},
    "with an end that is no time": {"exp": "tomorrow"},
    "by another issuer": {"iss": "elsewhere"},
    "by no issuer": {"iss": None},
    "for another audience": {"aud": "elsewhere"},
    "of a subject that is no user": {"sub": "ada"},
    "of no session": {"sid": None},
    "without a role": {"role": None},
}


@pytest.fixture(scope="session")
def signing_key(request: pytest.FixtureRequest, forum: Forum) -> SigningKey:
    """The secret key with which this forum signs: only of a forum that the tests have started."""
    started = forum.name.partition(":")[0]
    if started not in DATABASES:
        pytest.skip("needs the database of the forum")
    running: Running = request.getfixturevalue(started)
    return running.signing_key()


def test_a_token_signed_with_the_forums_key_is_good(
    forum: Forum, ada: Person, signing_key: SigningKey
) -> None:
    """Or the tests below would prove nothing."""
    claims = decoded(ada.token.split(".")[1])
    token = signed({"alg": "EdDSA", "kid": signing_key.kid}, claims, signing_key.private)
    for path in {*READS, f"/api/users/{ada.username}"} - {"/api/users/ada"}:
        accepted(forum.request("GET", path, token=token))


@pytest.mark.parametrize("wrong", MISSIGNED)
def test_a_token_that_was_signed_right_and_says_wrong_is_refused(
    forum: Forum, ada: Person, topic: Json, signing_key: SigningKey, wrong: str
) -> None:
    claims = decoded(ada.token.split(".")[1]) | MISSIGNED[wrong]
    claims = {name: value for name, value in claims.items() if value is not None}
    token = signed({"alg": "EdDSA", "kid": signing_key.kid}, claims, signing_key.private)
    refused_everywhere(forum, topic, f"Bearer {token}")


@pytest.mark.only_on("monolith", "split")
def test_a_good_token_of_somebody_whom_a_restore_has_lost_is_refused_or_taken_at_its_word(
    forum: Forum, ada: Person, topic: Json, signing_key: SigningKey
) -> None:
    """The monolith sees who is there; in the split an author may be newer than the feed: the token counts."""
    lost = {"sub": str(uuid4()), "username": unique("lost"), "sid": str(uuid4())}
    claims = decoded(ada.token.split(".")[1]) | lost
    token = signed({"alg": "EdDSA", "kid": signing_key.kid}, claims, signing_key.private)
    post = {"title": "A", "body": "B"}
    answers = [
        forum.request("POST", "/api/topics", json=post, token=token),
        forum.request("POST", f"/api/topics/{topic['id']}/messages", json={"body": "B"}, token=token),
        forum.request(
            "POST", "/api/topics", json=post, token=token, headers={"Idempotency-Key": unique("key")}
        ),
    ]
    for answer in answers:
        if forum.name == "monolith":
            refused(answer, 401, "unauthorized")
        else:
            accepted(answer, 201)
    refused(forum.request("PATCH", "/api/users/me", json={"bio": "x"}, token=token), 401)


def test_the_scheme_may_be_written_in_any_case(forum: Forum, ada: Person) -> None:
    accepted(forum.request("GET", "/api/users/me", headers={"Authorization": f"bearer {ada.token}"}))
    accepted(forum.request("GET", "/api/topics", headers={"Authorization": f"BEARER {ada.token}"}))
