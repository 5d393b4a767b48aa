"""What people do with topics and messages, at random."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sameness.machine import KEYS, WHICH, WHO, Machine
from sameness.random_people import EXPECTED, USERNAMES
from sameness.texts import HOSTILE

TITLES = st.sampled_from(["Tea", "Green tea", "<b>Zebra</b> & 🌿", "a\u2028b\u0301", "x" * 200])
BODIES = st.sampled_from(
    ["Green tea", "zebra *kiwi* kiwi", HOSTILE, "[x](javascript:x) é", "# " + "x " * 9000]
)
TAG = st.sampled_from(["tea", "kiwi", "a-1", "x" * 30])
TAGS = st.lists(TAG, max_size=3)
WORDS = st.sampled_from(
    [None, None, "", "tea", "kiwi", "zebra+OR+tea", "%22green+tea%22", "tea+-zebra", "nothing", "-"]
)
LIMITS = st.sampled_from([1, 2, 3, 20, 100])
SORTS = st.sampled_from(["latest", "new", "top"])
AUTHORS = st.none() | USERNAMES


def query(**parts: Any) -> str:
    """`?sort=new&limit=2`, without what is None."""
    return "?" + "&".join(f"{name}={value}" for name, value in parts.items() if value is not None)


class Topics(Machine):
    """Rules of the topics service."""

    @rule(
        who=WHO,
        new=st.fixed_dictionaries({"title": TITLES, "body": BODIES}, optional={"tags": TAGS}),
        key=KEYS,
    )
    def starts(self, who: str, new: dict[str, Any], key: str) -> None:
        self.starts_with(who, new, key)

    @rule(
        who=WHO,
        which=WHICH,
        change=st.fixed_dictionaries({}, optional={"title": TITLES, "body": BODIES, "tags": TAGS}),
        expected=EXPECTED,
    )
    def edits_a_topic(self, who: str, which: int, change: dict[str, Any], expected: str) -> None:
        self.changes_a_topic(who, which, change, expected)

    @rule(
        who=WHO,
        which=WHICH,
        change=st.fixed_dictionaries({}, optional={"pinned": st.booleans(), "locked": st.booleans()}),
        expected=EXPECTED,
    )
    def pins_or_locks(self, who: str, which: int, change: dict[str, Any], expected: str) -> None:
        self.changes_a_topic(who, which, change, expected)

    def changes_a_topic(self, who: str, which: int, change: dict[str, Any], expected: str) -> None:
        topic = self.topic(which)
        headers = self.expecting(topic, expected)
        self.step("PATCH", f"/api/topics/{{{topic}}}", who=who, body=change, headers=headers)

    @rule(who=WHO, which=WHICH, expected=EXPECTED)
    def deletes_a_topic(self, who: str, which: int, expected: str) -> None:
        topic = self.topic(which)
        self.step("DELETE", f"/api/topics/{{{topic}}}", who=who, headers=self.expecting(topic, expected))

    @rule(who=WHO, which=WHICH)
    def reads_a_topic(self, who: str, which: int) -> None:
        topic = self.topic(which)
        self.read(f"/api/topics/{{{topic}}}", who, topic)

    @rule(who=WHO, sort=SORTS, tag=st.none() | TAG, author=AUTHORS, q=WORDS, limit=LIMITS)
    def lists_topics(
        self, who: str, sort: str, tag: str | None, author: str | None, q: str | None, limit: int
    ) -> None:
        self.read("/api/topics" + query(sort=sort, tag=tag, author=author, q=q, limit=limit), who)

    @rule(who=WHO)
    def reads_tags(self, who: str) -> None:
        self.read("/api/tags", who)


class Messages(Machine):
    """Rules of the messages service."""

    @rule(who=WHO, which=WHICH, body=BODIES, reply_to=st.none() | WHICH, key=KEYS)
    def replies(self, who: str, which: int, body: str, reply_to: int | None, key: str) -> None:
        new = {"body": body}
        if reply_to is not None:
            new["reply_to"] = f"{{{self.message(reply_to)}}}"
        self.replies_with(who, self.topic(which), new, key)

    @rule(who=WHO, which=WHICH, body=BODIES, expected=EXPECTED)
    def edits_a_message(self, who: str, which: int, body: str, expected: str) -> None:
        message = self.message(which)
        headers = self.expecting(message, expected)
        self.step("PATCH", f"/api/messages/{{{message}}}", who=who, body={"body": body}, headers=headers)

    @rule(who=WHO, which=WHICH, expected=EXPECTED)
    def deletes_a_message(self, who: str, which: int, expected: str) -> None:
        message = self.message(which)
        headers = self.expecting(message, expected)
        self.step("DELETE", f"/api/messages/{{{message}}}", who=who, headers=headers)

    @rule(who=WHO, which=WHICH)
    def reads_a_message(self, who: str, which: int) -> None:
        message = self.message(which)
        self.read(f"/api/messages/{{{message}}}", who, message)

    @rule(who=WHO, which=WHICH, limit=LIMITS)
    def reads_messages(self, who: str, which: int, limit: int) -> None:
        self.read(f"/api/topics/{{{self.topic(which)}}}/messages?limit={limit}", who, at_once=True)

    @rule(who=WHO, which=WHICH, after=st.integers(0, 4))
    def reads_messages_after(self, who: str, which: int, after: int) -> None:
        self.read(f"/api/topics/{{{self.topic(which)}}}/messages?after={after}", who, at_once=True)

    @rule(who=WHO, author=AUTHORS, q=WORDS, limit=LIMITS)
    def lists_messages(self, who: str, author: str | None, q: str | None, limit: int) -> None:
        self.read("/api/messages" + query(author=author, q=q, limit=limit), who)

    @rule(which=WHICH, after=st.integers(0, 4))
    def listens(self, which: int, after: int) -> None:
        topic = self.topic(which)
        answer = self.step("GET", f"/api/topics/{{{topic}}}/messages?limit=100")
        if answer.status == 200:
            count = sum(message["number"] > after for message in answer.json()["items"])
            self.both.listen(topic, after, count)
            self.must_be_alike()
        else:
            self.step("GET", f"/api/topics/{{{topic}}}/messages/stream")
