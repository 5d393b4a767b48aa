"""Defects that a careless change could bring, one at a time. Each has to turn a test red."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """`before` stands exactly once in `file` and is replaced by `after`."""

    service: str
    what: str
    file: str
    before: str
    after: str


RULES = "router/router/rules.json"
DEFECTS = [
    Defect(
        "users",
        "a feed loses a field",
        "services/users/users/feeds.py",
        '"display_name": "display_name", "state": "state"}',
        '"display_name": "display_name"}',
    ),
    Defect(
        "users",
        "a public field has another name",
        "services/users/users/schemas.py",
        '"bio": row["bio"]',
        '"about": row["bio"]',
    ),
    Defect(
        "users",
        "a permission is not checked",
        "services/users/users/moderation.py",
        'if change.role is not None and me.role != "admin":',
        "if False:",
    ),
    Defect("users", "a rule of the router is wider", RULES, '"/api/users/*"', '"/api/users*"'),
    Defect(
        "users",
        "what is not there is answered with 200",
        "services/users/users/errors.py",
        'code, title = "user_not_found"',
        'status, code, title = 200, "user_not_found"',
    ),
    Defect(
        "topics",
        "a feed loses a field",
        "services/topics/topics/feeds.py",
        'shown={"id": "id", "state": "state"}',
        'shown={"id": "id"}',
    ),
    Defect(
        "topics",
        "a public field has another name",
        "services/topics/topics/schemas.py",
        '"message_count": row["message_count"]',
        '"messages": row["message_count"]',
    ),
    Defect(
        "topics",
        "a permission is not checked",
        "services/topics/topics/operations.py",
        'if topic["author_id"] != caller.id and caller.role not in MODERATORS:',
        "if False:",
    ),
    Defect("topics", "a rule of the router is wider", RULES, '"/api/topics/*", "/api/tags"', '"/api/t*"'),
    Defect(
        "topics",
        "what is not there is answered with 200",
        "services/topics/topics/errors.py",
        'code, title = "topic_not_found"',
        'status, code, title = 200, "topic_not_found"',
    ),
    Defect(
        "messages",
        "a feed loses a field",
        "services/messages/messages/feeds.py",
        '"message_count", "last_activity_at", "last_author_id")',
        '"message_count", "last_activity_at")',
    ),
    Defect(
        "messages",
        "a public field has another name",
        "services/messages/messages/schemas.py",
        '"reply_to": row["reply_to"]',
        '"answers": row["reply_to"]',
    ),
    Defect(
        "messages",
        "a permission is not checked",
        "services/messages/messages/operations.py",
        "if not own and caller.role not in MODERATORS:",
        "if False:",
    ),
    Defect(
        "messages",
        "a rule of the router is wider",
        RULES,
        '"/api/topics/*/messages/*"',
        '"/api/topics/*/messages*"',
    ),
    Defect(
        "messages",
        "what is not there is answered with 200",
        "services/messages/messages/errors.py",
        'code, title = "message_not_found"',
        'status, code, title = 200, "message_not_found"',
    ),
]
