"""What programs do wrong, at random; and reading on, or once more, what was read before."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sameness.edges import BAD_CREDENTIALS, JSON, NOBODY, PATHS, concrete
from sameness.machine import WHICH, WHO, Machine

OPERATIONS = [(method.upper(), path) for path, methods in PATHS.items() for method in methods]
WRITES = [(method, path) for method, path in OPERATIONS if "requestBody" in PATHS[path][method.lower()]]
FINITE = [path for path in PATHS if not path.endswith("/stream")]
NONSENSE: list[bytes] = [
    b"", b"{", b"null", b"[]", b"{}", b'{"body": "\xff"}', b'{"body": NaN}', b'{"unknown": 1}', b"[" * 5000,
    rb'{"body": "\ud800", "title": "\u0000", "username": "\ud800"}', b'{"body": "a", "body": "b"}',
    b'{"body": 1, "title": 1, "username": 1, "role": 1, "bio": 1, "current": 1, "refresh_token": 1}',
    b'{"body": null, "title": null, "username": null, "role": null, "bio": null, "password": null}',
    b'{"body": "x", "title": "  ", "tags": ["A"]}', b'{"body": "x", "reply_to": "x"}', b"x" * 262_145,
    b'{"username": "a b", "password": "short"}', b'{"username": "x", "password": ""}',
]  # fmt: skip
TYPES = [*["application/json"] * 5, "application/json; charset=utf-16", "text/plain", ""]
BODIES = {
    ("PATCH", "/api/topics/{topic_id}"): b'{"title": "x"}',
    ("POST", "/api/topics/{topic_id}/messages"): b'{"body": "x"}',
    ("PATCH", "/api/messages/{message_id}"): b'{"body": "x"}',
    ("PATCH", "/api/users/{username}"): b'{"state": "active"}',
}
WRONG_QUERIES = [
    "limit=0", "limit=101", "limit=x", "limit=", "sort=best", "sort=", "cursor=", "cursor=x", "cursor=%FF",
    "q=%00", "q=" + "x" * 501, "author=%00", "tag=%00", "author=", "tag=", "unknown=1", "limit=1&limit=2",
    "after=-1", "after=x", "after=2147483648", "after=0&cursor=x",
]  # fmt: skip


class Mistakes(Machine):
    """Rules that ask what nobody should, and ask again."""

    @rule(
        who=WHO,
        operation=st.sampled_from(WRITES),
        content=st.sampled_from(NONSENSE),
        media_type=st.sampled_from(TYPES),
        which=WHICH,
    )
    def sends_nonsense(
        self, who: str, operation: tuple[str, str], content: bytes, media_type: str, which: int
    ) -> None:
        method, path = operation
        topic = f"{{{self.topic(which)}}}" if "{topic_id}" in path else ""
        message = f"{{{self.message(which)}}}" if "{message_id}" in path else ""
        headers = {"Content-Type": media_type} if media_type else {}
        self.step(method, concrete(path, topic, message), who=who, content=content, headers=headers)

    @rule(operation=st.sampled_from(OPERATIONS), credentials=st.sampled_from(BAD_CREDENTIALS))
    def shows_a_bad_token(self, operation: tuple[str, str], credentials: str) -> None:
        method, path = operation
        content = b"{}" if operation in WRITES else None
        headers = JSON | {"Authorization": credentials}
        self.step(method, concrete(path), content=content, headers=headers)

    @rule(who=WHO, operation=st.sampled_from(OPERATIONS), nothing=st.sampled_from([NOBODY, "x", "%20", "é"]))
    def asks_for_nothing(self, who: str, operation: tuple[str, str], nothing: str) -> None:
        method, path = operation
        content = BODIES.get(operation)
        asked = concrete(path, nothing, nothing)
        self.step(method, asked, who=who, content=content, headers=JSON if content else {})

    @rule(
        who=WHO,
        path=st.sampled_from(FINITE),
        method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]),
        slash=st.booleans(),
    )
    def uses_a_wrong_method(self, who: str, path: str, method: str, slash: bool) -> None:
        self.step(method, concrete(path) + "/" * slash, who=who)

    @precondition(lambda self: self.places)
    @rule(who=WHO, which=WHICH, wrong=st.sampled_from(WRONG_QUERIES))
    def asks_wrongly(self, who: str, which: int, wrong: str) -> None:
        path = self.place(which).path.partition("?")[0]
        self.step("GET", f"{path}?{wrong}", who=who)

    @precondition(lambda self: self.places)
    @rule(which=WHICH, method=st.sampled_from(["GET", "HEAD"]), known=st.booleans())
    def reads_again(self, which: int, method: str, known: bool) -> None:
        place = self.place(which)
        headers = {"If-None-Match": f"{{{place.name}.etag}}"} if known else {}
        self.step(method, place.path, who=place.who, headers=headers)

    @precondition(lambda self: self.places)
    @rule(which=WHICH, other=st.just(0) | WHICH)
    def reads_on(self, which: int, other: int) -> None:
        """With the cursor of that page, or of another."""
        place, cursor = self.place(which), self.place(which + other)
        if place.is_page and cursor.is_page:
            path = place.path.partition("&cursor=")[0]
            self.read(f"{path}&cursor={{{cursor.name}.next}}", place.who)

    @precondition(lambda self: self.posts)
    @rule(which=WHICH, other=st.booleans())
    def posts_again(self, which: int, other: bool) -> None:
        post = self.posts[-1 - which % len(self.posts)]
        body: dict[str, Any] = {"another": "body"} if other else post.body
        self.step("POST", post.path, who=post.who, body=body, headers={"Idempotency-Key": post.key})
