"""What of this service's data goes along when they move to another deployment. How many messages a topic has
and who wrote last, each side counts for itself; tags and what search looks in, triggers derive on each."""

from chassis.ownership import EVERYWHERE, Moving

MOVING = [
    Moving(
        "topics",
        "id",
        (
            "id",
            "author_id",
            "title",
            "body",
            "html",
            "render_version",
            "tags",
            "pinned",
            "state",
            "created_at",
            "edited_at",
            "version",
            "search_config",
        ),
    ),
    *EVERYWHERE,
]
