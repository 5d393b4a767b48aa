"""Where everything stands, and what each application takes from its environment."""

from pathlib import Path

from pydantic_settings import BaseSettings

import messages.settings
import monolith.settings
import topics.settings
import users.settings
import web.settings

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "chassis": ROOT / "chassis/chassis",
    "users": ROOT / "services/users/users",
    "topics": ROOT / "services/topics/topics",
    "messages": ROOT / "services/messages/messages",
    "web": ROOT / "web/web",
    "monolith": ROOT / "monolith/monolith",
    "router": ROOT / "router/router",
    "forum": ROOT / "cli/forum",
}
SETTINGS: dict[str, type[BaseSettings]] = {
    "users": users.settings.Settings,
    "topics": topics.settings.Settings,
    "messages": messages.settings.Settings,
    "web": web.settings.Settings,
    "monolith": monolith.settings.Settings,
}
SERVICES = ("users", "topics", "messages")
