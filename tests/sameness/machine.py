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

CAST = {"ada": "member", "Bob": "member", "mod": "moderator", "_Max": "moderator", "root": "admin"}
TOKENS = ["token", "refresh", "before.token", "before.refresh"]
KEYS = st.sampled_from(["", "", "", "k1", "k2"])
WHO = st.sampled_from([*CAST, *CAST, "ada.before", "mod.before", ""])
"""A session: of the cast, the newest or the one before; or nobody's."""
WHICH = st.integers(0, 9)
"""One of what there is, from the newest back."""


class Different(AssertionError):
    """The two forums differ: all steps up to there, then what differs."""


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
        self.enters(who.partition(".")[0])
        answer = self.both.send(method, path, who=who, **how)
        self.must_be_alike()
        return answer

    def must_be_alike(self) -> None:
        self.after_step()
        if self.both.different:
            *before, _ = self.both.told
            raise Different("\n".join(["", *before, *self.both.different]))

    def enters(self, name: str) -> None:
        """Somebody of the cast acts: without a session they log in before, without an account they join."""
        if name not in CAST or f"{name}.token" in self.both.sides[0].known:
            return
        if name not in self.accounts:
            username = self.named(name).removesuffix("1")  # ada, and once she has left: ada2
            self.step("POST", "/api/users", body={"username": username, "password": PASSWORD})
            for side in self.both.sides:
                side.databases.give_role(username, CAST[name])
            self.accounts[name] = username, PASSWORD
        for side in self.both.sides:  # for who is suspended, or whose name was taken
            side.known |= dict.fromkeys((f"{name}.{token}" for token in TOKENS), "x") | side.known
        username, password = self.accounts[name]
        self.logs_in_with(username, password, "")

    def logs_in_with(self, username: str, password: str, key: str) -> None:
        """A new session; of the cast's, the one before keeps the name `before`."""
        body = {"username": username, "password": password}
        keep = {"new.token": "access_token", "new.refresh": "refresh_token"}
        if self.post("/api/sessions", "", body, key, keep=keep).status != 201:
            return
        for name, (its, _) in self.accounts.items():
            if its == username:
                self.ends(name)
                for known in (side.known for side in self.both.sides):
                    known |= {f"{name}.token": known["new.token"], f"{name}.refresh": known["new.refresh"]}

    def ends(self, name: str) -> None:
        """A session is of before from now on."""
        for known in (side.known for side in self.both.sides):
            for token in ("token", "refresh"):
                known[f"{name}.before.{token}"] = known.pop(f"{name}.{token}")

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
        for side in self.both.sides:
            side.known |= dict.fromkeys(keep, "x")
        self.step("GET", path, who=who, keep=keep, **how)
        self.places.append(place)

    def place(self, which: int) -> Place:
        return self.places[-1 - which % len(self.places)]

    def expecting(self, thing: str, expected: str) -> dict[str, str]:
        """If-Match: `seen` is the ETag that was last read of a thing, or none."""
        if expected == "seen":
            expected = f"{{{thing}.etag}}" if f"{thing}.etag" in self.both.sides[0].known else ""
        return {"If-Match": expected} if expected else {}
