"""What every random history has: two forums that begin empty, a cast that comes when it is needed, and names
for what it met. The rules are in `random_*.py`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from forum_client import PASSWORD
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sameness.comparing import Answer
from sameness.lockstep import Lockstep
from sameness.shrinking import Different

CAST = {"ada": "member", "Bob": "member", "mod": "moderator", "Max_": "moderator", "root": "admin"}
KEYS = st.sampled_from(["", "", "", "k1", "k2"])
WHO = st.sampled_from([*CAST, *CAST, "ada.before", "mod.before", ""])
"""A session: of the cast, the newest or the one before; or nobody's."""
WHICH = st.integers(0, 9)
"""One of what there is, from the newest back."""


@dataclass(frozen=True)
class Place:
    """A list or a thing that was read: `{name.etag}`, of a page `{name.next}`."""

    path: str
    who: str
    name: str

    @property
    def is_page(self) -> bool:
        return "limit=" in self.path


@dataclass(frozen=True)
class Post:
    """A POST with an idempotency key."""

    path: str
    who: str
    body: Any
    key: str


class Machine(RuleBasedStateMachine):
    """`topics` and `messages` are names: `{topic1}`, `{message1}` …"""

    def __init__(self, both: Lockstep, after_step: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.both, self.after_step = both, after_step
        self.accounts: dict[str, tuple[str, str]] = {}  # of the cast: username and password
        self.pairs: dict[str, str] = {}  # the names of the tokens of WHO: ada → ada.2
        self.spent: dict[str, str] = {}
        self.topics: list[str] = []
        self.messages: list[str] = []
        self.places: list[Place] = []
        self.posts: list[Post] = []
        self._count = Counter[str]()
        both.begin()

    def named(self, kind: str) -> str:
        """A name for a new thing: topic1, topic2 …"""
        self._count[kind] += 1
        return f"{kind}{self._count[kind]}"

    def step(self, method: str, path: str, *, who: str = "", **how: Any) -> Answer:
        """One step on both forums; Different when they are."""
        answer = self.both.send(method, path, who=self.acting(who), **how)
        self.must_be_alike()
        return answer

    def must_be_alike(self) -> None:
        self.after_step()
        if self.both.different:
            raise Different(self.both)

    def acting(self, who: str) -> str:
        """The name of somebody's tokens. Who has no session logs in before, who has no account joins."""
        name = who.partition(".")[0]
        if name in CAST and name not in self.pairs:
            if name not in self.accounts:
                username = self.named(name).removesuffix("1")  # ada, and once she has left: ada2
                self.step("POST", "/api/users", body={"username": username, "password": PASSWORD})
                if CAST[name] != "member":
                    self.both.give_role(username, CAST[name])
                self.accounts[name] = username, PASSWORD
            self.pairs[name] = "none"  # where logging in fails: suspended, or somebody else has the name
            self.logs_in_with(*self.accounts[name], "")
        return self.pairs.get(who) or self.pairs.get(name, "")

    def logs_in_with(self, username: str, password: str, key: str) -> None:
        """A new session; of the cast's, the one of before keeps the name `before`."""
        pair = self.named(f"{username}.")
        body = {"username": username, "password": password}
        keep = {f"{pair}.token": "access_token", f"{pair}.refresh": "refresh_token"}
        if self.post("/api/sessions", "", body, key, keep=keep).status == 201:
            for name in [name for name, (its, _) in self.accounts.items() if its == username]:
                self.ends(name)
                self.pairs[name] = pair

    def ends(self, name: str) -> None:
        """Somebody's session is the one of before from now on."""
        if name in self.pairs:
            self.pairs[f"{name}.before"] = self.pairs.pop(name)

    def post(self, path: str, who: str, body: Any, key: str, **how: Any) -> Answer:
        """A POST, with an idempotency key where there is one."""
        if key:
            self.posts.append(Post(path, who, body, key))
        headers = {"Idempotency-Key": key} if key else {}
        return self.step("POST", path, who=who, body=body, headers=headers, **how)

    def topic(self, which: int) -> str:
        """A topic's name; the first is started when it is needed."""
        if not self.topics:
            self.starts_with("ada", {"title": "Tea", "body": "Green."}, "")
        return self.topics[-1 - which % len(self.topics)] if self.topics else "nothing"

    def starts_with(self, who: str, new: dict[str, Any], key: str) -> None:
        topic = self.named("topic")
        if self.post("/api/topics", who, new, key, keep={topic: "id"}, at_once=True).status == 201:
            self.topics.append(topic)

    def message(self, which: int) -> str:
        """A message's name; the first is posted when it is needed."""
        if not self.messages:
            self.replies_with("ada", self.topic(0), {"body": "Yes."}, "")
        return self.messages[-1 - which % len(self.messages)] if self.messages else "nothing"

    def replies_with(self, who: str, topic: str, new: dict[str, Any], key: str) -> None:
        message, path = self.named("message"), f"/api/topics/{{{topic}}}/messages"
        if self.post(path, who, new, key, keep={message: "id"}, at_once=True).status == 201:
            self.messages.append(message)

    def read(self, path: str, who: str, name: str = "", **how: Any) -> None:
        """A GET that shows an ETag, a place from then on; its name is that of the thing, or a new one."""
        place = Place(path, who, name or self.named("place"))
        keep = {f"{place.name}.etag": "header etag"}
        if place.is_page:
            keep[f"{place.name}.next"] = "next"
        self.step("GET", path, who=who, keep=keep, **how)
        self.places.append(place)

    def place(self, which: int) -> Place:
        return self.places[-1 - which % len(self.places)]

    def expecting(self, thing: str, expected: str) -> dict[str, str]:
        """If-Match: `seen` is the ETag that was last read of a thing, or none."""
        if expected == "seen":
            expected = f"{{{thing}.etag}}" if f"{thing}.etag" in self.both.sides[0].known else ""
        return {"If-Match": expected} if expected else {}
