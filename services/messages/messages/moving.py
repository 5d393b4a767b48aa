"""What of this service's data goes along when they move to another deployment."""

from chassis.ownership import EVERYWHERE, Moving

MOVING = [
    Moving(
        "messages",
        "id",
        (
            "id",
            "topic_id",
            "number",
            "author_id",
            "body",
            "html",
            "render_version",
            "reply_to",
            "created_at",
            "edited_at",
            "deleted_at",
            "version",
            "search_config",
        ),
    ),
    Moving(
        "activity",
        "topic_id",
        ("topic_id", "last_number", "message_count", "last_activity_at", "last_author_id"),
    ),
    *EVERYWHERE,
]
