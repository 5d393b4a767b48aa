"""Somebody with a session: what people do on a forum, each as a verb that must succeed."""

from typing import TYPE_CHECKING, Any

import httpx

from forum_client.answers import Json, accepted

if TYPE_CHECKING:
    from forum_client.forum import Forum

PASSWORD = "correct horse battery"  # noqa: S105  everybody's in tests


class Person:
    """One session of one user. `request` sends anything; the verbs assert that they succeeded."""

    def __init__(self, forum: "Forum", session: Json, password: str) -> None:
        self.forum = forum
        self.password = password
        self._take(session)

    def _take(self, session: Json) -> None:
        self.session = session
        self.user: Json = session["user"]
        self.id: str = self.user["id"]
        self.username: str = self.user["username"]
        self.token: str = session["access_token"]
        self.refresh_token: str = session["refresh_token"]

    @property
    def author(self) -> Json:
        """How texts name this person."""
        return {key: self.user[key] for key in ("id", "username", "display_name")}

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        return self.forum.request(method, path, token=self.token, **how)

    def refreshes(self) -> None:
        """Trade the refresh token for a new pair."""
        answer = self.forum.request(
            "POST", "/api/sessions/refresh", json={"refresh_token": self.refresh_token}
        )
        self._take(accepted(answer))

    def logs_in_again(self) -> "Person":
        """Another session of the same user, as from another device."""
        return self.forum.log_in(self.username, self.password)

    def logs_out(self) -> None:
        accepted(self.request("DELETE", "/api/sessions/current"), 204)

    def changes_profile(self, **changes: str) -> Json:
        user = accepted(self.request("PATCH", "/api/users/me", json=changes))
        self.user = self.user | user
        return user

    def leaves(self) -> None:
        """Delete the account."""
        accepted(self.request("DELETE", "/api/users/me", json={"password": self.password}), 204)

    def starts_topic(self, title: str = "A topic", body: str = "Its text.", **more: Any) -> Json:
        topic = {"title": title, "body": body} | more
        return accepted(self.request("POST", "/api/topics", json=topic), 201)

    def replies(self, topic: Json, body: str = "A reply.", **more: Any) -> Json:
        path = f"/api/topics/{topic['id']}/messages"
        return accepted(self.request("POST", path, json={"body": body} | more), 201)

    def edits(self, thing: Json, **changes: Any) -> Json:
        """Change a topic or a message (also pin, lock …)."""
        return accepted(self.request("PATCH", path_of(thing), json=changes))

    def deletes(self, thing: Json) -> None:
        accepted(self.request("DELETE", path_of(thing)), 204)

    def changes_user(self, person: "Person", **changes: str) -> Json:
        """What admins (`role`) and moderators (`state`) do to a user."""
        return accepted(self.request("PATCH", f"/api/users/{person.username}", json=changes))


def path_of(thing: Json) -> str:
    """The path of a topic or of a message."""
    return f"/api/messages/{thing['id']}" if "topic_id" in thing else f"/api/topics/{thing['id']}"
