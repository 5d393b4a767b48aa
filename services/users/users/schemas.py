"""Wire shapes, written out. What comes in is a Body; what goes out is made by a function beside its shape."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from chassis.text import Body, Change, Text, Timestamp, timestamp

MODERATORS = frozenset({"moderator", "admin"})

Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{3,30}$"), Field(examples=["ada"])]
Password = Annotated[
    Text, StringConstraints(min_length=10, max_length=128), Field(examples=["a long walk by the sea"])
]
DisplayName = Annotated[Text, StringConstraints(min_length=1, max_length=60), Field(examples=["Ada"])]
Bio = Annotated[Text, StringConstraints(max_length=1000), Field(examples=["Gardens, mostly."])]
Role = Literal["member", "moderator", "admin"]
RefreshToken = Annotated[Text, Field(examples=["c2VydmVzIG9uY2Us-IHRoZW4gYW5vdGhlcg"])]
KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "bWFkZSB1cDogMzIgYnl0ZXMgb2YgYSBwdWJsaWMga2U",
    "kid": "019c97e0",
    "alg": "EdDSA",
    "use": "sig",
}


class NewAccount(Body):
    """Without a display name it is the username."""

    username: Username
    password: Password
    display_name: DisplayName | None = None


class ProfileChange(Change):
    """What people change of themselves."""

    display_name: DisplayName | None = None
    bio: Bio | None = None


class PasswordChange(Body):
    """`current` is any text: a wrong one is refused as such, whatever its length."""

    current: Annotated[Text, Field(examples=["a long walk by the sea"])]
    new: Annotated[Password, Field(examples=["a longer walk by the sea"])]


class Leaving(Body):
    """The password, so that an open browser alone does not delete an account."""

    password: Annotated[Text, Field(examples=["a long walk by the sea"])]


class UserChange(Change):
    """`role` is for administrators, `state` for moderators."""

    role: Annotated[Role, Field(examples=["moderator"])] | None = None
    state: Literal["active", "suspended"] | None = None


class Credentials(Body):
    """Any text: what cannot be right is wrong, not malformed."""

    username: Annotated[Text, Field(examples=["ada"])]
    password: Annotated[Text, Field(examples=["a long walk by the sea"])]


class Refresh(Body):
    """The newest refresh token of a session."""

    refresh_token: RefreshToken


class User(BaseModel):
    """`state` is shown to moderators only."""

    id: Annotated[UUID, Field(examples=["019c97e1-2a40-7c31-8d5e-5a1f0c3b7e01"])]
    username: Annotated[str, Field(examples=["ada"])]
    display_name: Annotated[str, Field(examples=["Ada"])]
    bio: Annotated[str, Field(examples=[""])]
    role: Role
    created_at: Timestamp
    state: Literal["active", "suspended"] | None = None


class UserPage(BaseModel):
    """Users by username."""

    items: list[User]
    next: str | None


class Session(BaseModel):
    """A pair of tokens; the refresh token serves once. `expires_in` is in seconds."""

    access_token: Annotated[str, Field(examples=["eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTljIn0.c2lnbmF0dXJl"])]
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(ge=1, examples=[600])]
    refresh_token: RefreshToken
    user: User


class Device(BaseModel):
    """A session as its owner sees it."""

    id: Annotated[UUID, Field(examples=["019c97e1-2b10-7f02-9a6d-1e2d3c4b5a02"])]
    created_at: Timestamp
    last_used_at: Timestamp
    user_agent: Annotated[str, Field(examples=["curl/8.14.1"])]
    current: Annotated[bool, Field(examples=[True])]


class Devices(BaseModel):
    """The sessions that have not ended, newest first."""

    items: list[Device]


class Keys(BaseModel):
    """A JWK set (RFC 7517)."""

    keys: list[Annotated[dict[str, str], Field(examples=[KEY])]]


def user(row: Mapping[str, Any], viewer_role: str | None) -> dict[str, Any]:
    """A User as somebody of that role sees it; None for the anonymous."""
    shown = {
        "id": row["id"],
        "username": row["username"],
        "display_name": row["display_name"],
        "bio": row["bio"],
        "role": row["role"],
        "created_at": timestamp(row["created_at"]),
    }
    if viewer_role in MODERATORS:
        shown["state"] = row["state"]
    return shown


def device(row: Mapping[str, Any], current: UUID) -> dict[str, Any]:
    """A Device; `current` is the session of the token that asks."""
    return {
        "id": row["id"],
        "created_at": timestamp(row["created_at"]),
        "last_used_at": timestamp(row["last_used_at"]),
        "user_agent": row["user_agent"],
        "current": row["id"] == current,
    }
