"""What the web front end takes from its environment."""

from chassis.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """`api_url` is where the public API answers: the router."""

    api_url: str = "http://127.0.0.1:8080"
