"""What of this service's data goes along when they move to another deployment."""

from chassis.ownership import EVERYWHERE, Moving

MOVING = [
    Moving(
        "users",
        "id",
        (
            "id",
            "username",
            "reserved_name",
            "display_name",
            "bio",
            "role",
            "state",
            "password_hash",
            "email",
            "external_id",
            "created_at",
            "version",
        ),
    ),
    Moving(
        "sessions",
        "id",
        ("id", "user_id", "created_at", "last_used_at", "user_agent", "serial", "ended_at"),
    ),
    Moving("keys", "kid", ("kid", "jwk", "state", "private", "created_at", "signs_from", "retires_at")),
    Moving("login_attempts", "who", ("who", "failures", "last_at")),
    *EVERYWHERE,
]
