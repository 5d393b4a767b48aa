"""What the web front end takes from its environment."""

from chassis.settings import Settings as ChassisSettings


class PageSettings(ChassisSettings):
    """What pages look like, wherever they are served. Images from hosts that are not in `image_hosts`
    (`https://img.example.org`) are shown as links, so that reading tells no stranger who reads."""

    site_name: str = "Forum"
    image_hosts: tuple[str, ...] = ()


class Settings(PageSettings):
    """`api_url` is where the public API answers: the router. `caller_key` is what users knows us by."""

    api_url: str = "http://127.0.0.1:8080"
    caller_key: str
