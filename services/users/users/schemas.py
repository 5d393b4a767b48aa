"""Wire shapes, written out. What comes in is a Body; what goes out is made by a function beside its shape."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from chassis.text import Body, Change, Text, timestamp

MODERATORS = frozenset({"moderator", "admin"})

Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{3,30}$")]
Password = Annotated[Text, StringConstraints(min_length=10, max_length=128)]
DisplayName = Annotated[Text, StringConstraints(min_length=1, max_length=60)]
Bio = Annotated[Text, StringConstraints(max_length=1000)]
Role = Literal["member", "moderator", "admin"]


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

    current: Text
    new: Password


class Leaving(Body):
    """The password, so that an open browser alone does not delete an account."""

    password: Text


class UserChange(Change):
    """`role` is for administrators, `state` for moderators."""

    role: Role | None = None
    state: Literal["active", "suspended"] | None = None


class Credentials(Body):
    """Any text: what cannot be right is wrong, not malformed."""

    username: Text
    password: Text


class Refresh(Body):
    """The newest refresh token of a session."""

    refresh_token: Text


class User(BaseModel):
    """`state` is shown to moderators only."""

    id: UUID
    username: str
    display_name: str
    bio: str
    role: Role
    created_at: str = Field(json_schema_extra={"format": "date-time"})
    state: Literal["active", "suspended"] | None = None


class UserPage(BaseModel):
    """Users by username."""

    items: list[User]
    next: str | None


class Session(BaseModel):
    """A pair of tokens; the refresh token serves once. `expires_in` is in seconds."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    user: User


class Device(BaseModel):
    """A session as its owner sees it."""

    id: UUID
    created_at: str = Field(json_schema_extra={"format": "date-time"})
    last_used_at: str = Field(json_schema_extra={"format": "date-time"})
    user_agent: str
    current: bool


class Devices(BaseModel):
    """The sessions that have not ended, newest first."""

    items: list[Device]


class Keys(BaseModel):
    """A JWK set (RFC 7517)."""

    keys: list[dict[str, str]]


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
