"""What the messages service takes from its environment."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service takes, and where its peers are."""

    caller_key: str
    users_url: str
    topics_url: str
