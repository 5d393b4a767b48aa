"""Every page there is, and who may see it."""

from dataclasses import dataclass

from browser.sample import ADMIN, LOCKED, LONG, MEMBER, MODERATOR, SUSPENDED, UNANSWERED, WIDE
from forum_client import Forum, Json


@dataclass(frozen=True)
class Page:
    """A page by its name; `path` has the names of `Places` in braces, `who` is a username or nobody's."""

    name: str
    path: str
    who: str = ""
    status: int = 200


PAGES = [
    Page("latest", "/"),
    Page("latest-later", "/?cursor={later}"),
    Page("latest-member", "/", MEMBER),
    Page("new", "/new"),
    Page("top", "/top"),
    Page("tags", "/tags"),
    Page("tag", "/tags/repair"),
    Page("tag-unused", "/tags/nobody-used-this"),
    Page("topic", "/topics/{long}"),
    Page("topic-second-page", "/topics/{long}?page=2"),
    Page("topic-locked", "/topics/{locked}"),
    Page("topic-unanswered", "/topics/{unanswered}"),
    Page("topic-wide", "/topics/{wide}"),
    Page("topic-member", "/topics/{long}?page=2", MEMBER),
    Page("topic-author", "/topics/{own}", MEMBER),
    Page("topic-moderator", "/topics/{own}", MODERATOR),
    Page("topic-new", "/topics/new", MEMBER),
    Page("topic-edit", "/topics/{own}/edit", MEMBER),
    Page("topic-delete", "/topics/{own}/delete", MEMBER),
    Page("reply", "/topics/{long}/reply?to={message}", MEMBER),
    Page("reply-quote", "/topics/{long}/reply?to={message}&quote=1", MEMBER),
    Page("message-edit", "/messages/{own_message}/edit", MEMBER),
    Page("message-delete", "/messages/{own_message}/delete", MEMBER),
    Page("search", "/search"),
    Page("search-topics", "/search?q=radio"),
    Page("search-messages", "/search?q=capacitor&in=messages"),
    Page("search-nothing", "/search?q=submarine"),
    Page("users", "/users"),
    Page("users-found", "/users?q=b"),
    Page("user", "/users/bram"),
    Page("user-topics", "/users/bram/topics"),
    Page("user-messages", "/users/bram/messages"),
    Page("user-self", f"/users/{MEMBER}", MEMBER),
    Page("user-moderated", f"/users/{MEMBER}", MODERATOR),
    Page("user-suspended", f"/users/{SUSPENDED}", MODERATOR),
    Page("user-administered", f"/users/{MODERATOR}", ADMIN),
    Page("register", "/register"),
    Page("login", "/login"),
    Page("login-first", "/login?next=/topics/new"),
    Page("settings", "/settings", MEMBER),
    Page("settings-password", "/settings/password", MEMBER),
    Page("settings-devices", "/settings/devices", MEMBER),
    Page("settings-delete", "/settings/delete", MEMBER),
    Page("about", "/about"),
    Page("not-found", "/nothing-is-here", status=404),
    Page("topic-not-found", "/topics/none", status=404),
    Page("user-not-found", "/users/nobody-of-that-name", status=404),
]


class Places(dict[str, str]):
    """What stands for the names in the paths of pages."""

    def __init__(self, forum: Forum) -> None:
        listed = list(forum.all("/api/topics", sort="new", limit=100))
        topics = {topic["title"]: topic["id"] for topic in listed}
        messages = forum.reads({"id": topics[LONG]})
        super().__init__(
            long=topics[LONG],
            own=first_by(MEMBER, listed)["id"],
            locked=topics[LOCKED],
            unanswered=topics[UNANSWERED],
            wide=topics[WIDE],
            message=messages[0]["id"],
            own_message=first_by(MEMBER, messages)["id"],
            later=next(forum.pages("/api/topics", sort="latest", limit=20))["next"],
        )


def first_by(username: str, written: list[Json]) -> Json:
    """The first of these that this person wrote."""
    return next(text for text in written if text["author"]["username"] == username)
