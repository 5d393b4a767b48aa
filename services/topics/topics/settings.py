"""What the topics service takes from its environment in the split."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Besides what every service takes: where its peers are, and the key it presents to them."""

    users_url: str
    messages_url: str
    caller_key: str
