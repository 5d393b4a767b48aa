"""What the monolith takes from its environment: what users takes, since it knows no peers."""

from users.settings import Settings

__all__ = ["Settings"]
