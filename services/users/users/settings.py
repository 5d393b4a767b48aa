"""What the users service takes from its environment."""

from pydantic import Field

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """See README.md for a table."""

    token_minutes: int = Field(default=10, ge=1)
    refresh_days: int = Field(default=30, ge=1)
