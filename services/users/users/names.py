"""What a username is, to the database."""

DELETED = "deleted"
"""The username that deleted accounts show; nobody can have it."""


def reserved(username: str) -> str:
    """The form in which a name is unique. Only ASCII folds: no other character is ever in one."""
    return username.lower() if username.isascii() else username
