"""One history on two forums, step by step; each step's answers are compared before the next is taken."""

import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from forum_client import PASSWORD, Forum
from sameness.comparing import Answer, Names, Shape, differences, shape
from sameness.databases import Databases
from sameness.feeds import Feeds

from router.match import matcher
from router.rules import Forward, load

PLACEHOLDER = re.compile(r"\{([A-Za-z][\w.]*)\}")
MOST_LINES = 12  # of one step that differs
MOST_CHARACTERS = 100  # of a body that is told
ADDING = {"/api/users", "/api/sessions", "/api/sessions/refresh", "/api/topics"}  # by POST
Act = partial[Any]
choose = matcher(load())


@dataclass
class Side:
    """One of the two forums. `known`: what the history keeps, which is another text on each side."""

    name: str
    databases: Databases
    forum: Forum
    names: Names = field(default_factory=Names)
    known: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Forget all that happened, here and in the databases."""
        self.databases.empty()
        self.names, self.known = Names(), {}

    def filled(self, value: Any) -> Any:
        """A request's part with `{tea.id}` replaced by what is known under that name."""
        if isinstance(value, str):
            return PLACEHOLDER.sub(lambda found: self.known.get(found[1], "unknown"), value)
        if isinstance(value, Mapping):
            return {self.filled(key): self.filled(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.filled(part) for part in value]
        return value


@dataclass(frozen=True)
class Step:
    """A request, with `{names}` of what is known."""

    method: str
    path: str
    who: str = ""
    body: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_raw: bool = False

    def __str__(self) -> str:
        told = [self.method, self.path, f"as {self.who}" if self.who else ""]
        told += [repr(part)[:MOST_CHARACTERS] for part in (self.body, self.content) if part is not None]
        told += [f"{name}: {value}"[:MOST_CHARACTERS] for name, value in self.headers.items()]
        return " ".join(filter(None, told))

    @property
    def service(self) -> str:
        """The one that the router of the split sends it to; "" for what the router refuses itself."""
        action = choose(self.method, self.path.partition("?")[0].replace("{", "").replace("}", ""))
        return action.groups[0].group if isinstance(action, Forward) else ""

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    @property
    def only_adds(self) -> bool:
        return self.method == "POST" and self.path in ADDING

    def on(self, side: Side) -> Answer:
        """The answer of one forum."""
        path, headers = side.filled(self.path), side.filled(self.headers)
        if self.is_raw:
            return Answer(*side.forum.raw_request(self.method, path, headers))
        content = self.content
        if self.body is not None:
            content = json.dumps(side.filled(self.body)).encode()
            headers = {"Content-Type": "application/json"} | headers
        token = side.filled(f"{{{self.who}.token}}") if self.who else None
        return answer_of(side.forum.request(self.method, path, token=token, headers=headers, content=content))


def answer_of(response: httpx.Response) -> Answer:
    return Answer(response.status_code, dict(response.headers), response.content)


class Lockstep:
    """Both forums. `different` has a report of each step that differed, `seen` all steps and outcomes, `told`
    the same in words; `acts` do all of it again."""

    def __init__(self, monolith: Side, split: Side) -> None:
        self.sides = (monolith, split)
        self.feeds = Feeds(split.databases)
        self.different: list[str] = []
        self.seen: list[tuple[str, str, str]] = []  # method, path as asked of the monolith, outcome
        self.told: list[str] = []
        self.acts: list[Act] = []
        self._at_the_same_time = ThreadPoolExecutor(2)

    def begin(self) -> None:
        """Both forums empty, as if just made: a history depends on none before."""
        self.feeds.settle_all()  # so that nothing comes late
        for side in self.sides:
            side.begin()
        self.different, self.seen, self.told, self.acts = [], [], [], []

    def send(
        self,
        method: str,
        path: str,
        outcome: str = "",
        *,
        keep: Mapping[str, str] | None = None,
        at_once: bool = False,
        **how: Any,
    ) -> Answer:
        """One step, and the monolith's answer. `outcome`: what both must answer (Answer.outcome); "" leaves
        that open. `keep` takes texts from an answer that is no refusal for later steps: name → place
        (Answer.at). `at_once`: what was added elsewhere a moment ago need not have come."""
        self.acts.append(partial(self.send, method, path, outcome, keep=keep, at_once=at_once, **how))
        step = Step(method, path, **how)
        self.feeds.settle(step.service, at_once=at_once)
        answers = self.compare(str(step), step.on, outcome, sent_id="X-Request-ID" in step.headers)
        if step.writes and any(answer.status < 400 for answer in answers):
            self.feeds.written(step.service, only_added=step.only_adds)
        for side, answer in zip(self.sides, answers, strict=True):
            if answer.status < 400:
                side.known |= {name: answer.at(place) for name, place in (keep or {}).items()}
        self.seen.append((method, self.sides[0].filled(path), answers[0].outcome))
        return answers[0]

    def compare(
        self, told: str, ask: Callable[[Side], Answer], outcome: str = "", *, sent_id: bool = False
    ) -> list[Answer]:
        """What both answer at the same time; a report in `different` when it is not the same."""
        answers = list(self._at_the_same_time.map(ask, self.sides))
        names = [side.names.copy() for side in self.sides]
        shapes = [shape(*each, sent_id=sent_id) for each in zip(answers, names, strict=True)]
        if lines := verdict(outcome, answers, shapes):
            self.different.append("\n    ".join([told, *lines[:MOST_LINES]]))
        else:  # one difference does not make all that follow differ
            for side, its in zip(self.sides, names, strict=True):
                side.names = its
        self.told.append(f"{told} → {answers[0].outcome}")
        return answers

    def listen(self, topic: str, after: int, count: int) -> None:
        """The head of a topic's stream and its first `count` events after a number, as one answer."""
        self.acts.append(partial(self.listen, topic, after, count))
        path = f"/api/topics/{{{topic}}}/messages/stream"

        def events(side: Side) -> Answer:
            with side.forum.stream({"id": side.filled(f"{{{topic}}}")}, after=after) as stream:
                told = "\n".join(f"{event.name} {event.id} {event.data}" for event in stream.take(count))
                return Answer(stream.response.status_code, dict(stream.response.headers), told.encode())

        answers = self.compare(f"GET {path} after {after}", events)
        self.seen.append(("GET", self.sides[0].filled(path), answers[0].outcome))

    def give_role(self, username: str, role: str) -> None:
        """Make somebody moderator or admin, by SQL."""
        self.acts.append(partial(self.give_role, username, role))
        for side in self.sides:
            side.databases.give_role(username, role)
        self.told.append(f"{username} is made {role}")

    def get(self, path: str, outcome: str = "200", **how: Any) -> None:
        self.send("GET", path, outcome, **how)

    def post(self, path: str, outcome: str, **how: Any) -> None:
        self.send("POST", path, outcome, **how)

    def patch(self, path: str, outcome: str, **how: Any) -> None:
        self.send("PATCH", path, outcome, **how)

    def delete(self, path: str, outcome: str, **how: Any) -> None:
        self.send("DELETE", path, outcome, **how)

    def join(self, name: str, role: str = "member", **profile: str) -> None:
        """A new user, logged in: `{name.id}`, `who=name`."""
        account = {"username": name, "password": PASSWORD} | profile
        self.post("/api/users", "201", body=account, keep={f"{name}.id": "id"})
        if role != "member":
            self.give_role(name, role)
        self.log_in(name)

    def log_in(self, name: str, session: str = "", password: str = PASSWORD) -> None:
        """A new session, used by `who=session` (the name itself without one)."""
        session = session or name
        body = {"username": name, "password": password}
        kept = {f"{session}.token": "access_token", f"{session}.refresh": "refresh_token"}
        self.post("/api/sessions", "201", body=body, keep=kept)

    def start_topic(self, name: str, who: str, **topic: Any) -> None:
        """A new topic, later `{name}`."""
        body = {"title": f"About {name}", "body": f"What of *{name}*?"} | topic
        self.post("/api/topics", "201", who=who, body=body, keep={name: "id"})

    def reply(self, name: str, topic: str, who: str, **message: Any) -> None:
        """A new message, later `{name}`."""
        body = {"body": f"Here is *{name}*."} | message
        self.post(f"/api/topics/{{{topic}}}/messages", "201", who=who, body=body, keep={name: "id"})


def verdict(outcome: str, answers: list[Answer], shapes: list[Shape]) -> list[str]:
    """What is wrong with the two answers, in lines."""
    lines = differences(*shapes)
    if not lines and outcome and answers[0].outcome != outcome:
        return [f"both answered {answers[0].outcome}, the history expects {outcome}"]
    if not lines and answers[0].status >= 500:
        return [f"both answered {answers[0].outcome}"]
    return lines
