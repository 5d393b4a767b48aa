"""What the monolith takes from its environment: what users takes, since it knows no peers, and its pages."""

import users.settings
from web.settings import PageSettings


class Settings(users.settings.Settings, PageSettings):
    """Both, of one process."""
