"""One history on two forums, step by step; each step's answers are compared before the next is taken."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from forum_client import PASSWORD, Forum
from forum_client.waiting import ACROSS_SERVICES
from running import Running
from sameness.comparing import Answer, Names, Shape, differences, shape

PLACEHOLDER = re.compile(r"\{([A-Za-z][\w.]*)\}")
MOST_LINES = 12  # of one step that differs


@dataclass
class Side:
    """One of the two forums. `known`: what the history keeps, which is another text on each side."""

    name: str
    running: Running
    forum: Forum
    names: Names = field(default_factory=Names)
    known: dict[str, str] = field(default_factory=dict)

    def filled(self, value: Any) -> Any:
        """A request's part with `{tea.id}` replaced by what is known under that name."""
        if isinstance(value, str):
            return PLACEHOLDER.sub(lambda found: self.known[found[1]], value)
        if isinstance(value, Mapping):
            return {self.filled(key): self.filled(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.filled(part) for part in value]
        return value


@dataclass(frozen=True)
class Step:
    """A request. `outcome`: what both must answer (Answer.outcome); "" leaves that open."""

    method: str
    path: str
    outcome: str
    who: str = ""
    body: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_raw: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" as {self.who}" if self.who else "")

    def on(self, side: Side) -> Answer:
        """The answer of one forum."""
        path, headers = side.filled(self.path), side.filled(self.headers)
        if self.is_raw:
            return Answer(*side.forum.raw_request(self.method, path, headers))
        content = self.content
        if self.body is not None:
            content = json.dumps(side.filled(self.body)).encode()
            headers = {"Content-Type": "application/json"} | headers
        token = side.known[f"{self.who}.token"] if self.who else None
        return answer_of(side.forum.request(self.method, path, token=token, headers=headers, content=content))


def answer_of(response: httpx.Response) -> Answer:
    return Answer(response.status_code, dict(response.headers), response.content)


class Lockstep:
    """Both forums. `different` has a report of each step that differed, `seen` all steps and outcomes."""

    def __init__(self, monolith: Side, split: Side) -> None:
        self.sides = (monolith, split)
        self.different: list[str] = []
        self.seen: list[tuple[str, str, str]] = []  # method, path as asked of the monolith, outcome

    def send(
        self,
        method: str,
        path: str,
        outcome: str,
        *,
        keep: Mapping[str, str] | None = None,
        settles: bool = False,
        **how: Any,
    ) -> None:
        """One step. `keep` takes texts from the answer for later steps: name → place (Answer.at).

        `settles`: it depends on what crosses services, and is asked again until it is the same, up to 2 s.
        """
        step = Step(method, path, outcome, **how)
        deadline = time.monotonic() + (ACROSS_SERVICES if settles else 0)
        while True:
            late = time.monotonic() >= deadline
            answers = [step.on(side) for side in self.sides]
            names = [side.names.copy() for side in self.sides]
            shapes = [
                shape(answer, its, sent_id="X-Request-ID" in step.headers)
                for answer, its in zip(answers, names, strict=True)
            ]
            lines = verdict(step, answers, shapes)
            if late or not lines:
                break
            time.sleep(0.02)
        if lines:
            self.different.append("\n    ".join([str(step), *lines[:MOST_LINES]]))
        for side, answer, its in zip(self.sides, answers, names, strict=True):
            side.names = side.names if lines else its  # one difference does not make all that follow differ
            for name, place in (keep or {}).items():
                side.known[name] = answer.at(place)
        self.seen.append((method, self.sides[0].filled(path), answers[0].outcome))

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
        if role == "admin":
            for side in self.sides:
                side.running.make_admin(name)
        self.log_in(name)

    def log_in(self, name: str, session: str = "", password: str = PASSWORD) -> None:
        """A new session, used by `who=session` (the name itself without one)."""
        session = session or name
        body = {"username": name, "password": password}
        kept = {f"{session}.token": "access_token", f"{session}.refresh": "refresh_token"}
        self.post("/api/sessions", "201", body=body, keep=kept)

    def start_topic(self, name: str, who: str, **topic: Any) -> None:
        """A new topic, later `{name}`, whose messages both services know of."""
        body = {"title": f"About {name}", "body": f"What of *{name}*?"} | topic
        self.post("/api/topics", "201", who=who, body=body, keep={name: "id"})
        self.get(f"/api/topics/{{{name}}}/messages", settles=True)

    def reply(self, name: str, topic: str, who: str, **message: Any) -> None:
        """A new message, later `{name}`."""
        body = {"body": f"Here is *{name}*."} | message
        self.post(f"/api/topics/{{{topic}}}/messages", "201", who=who, body=body, keep={name: "id"})

    def topics_reach_messages(self, who: str) -> None:
        """Wait until messages know what happened to topics so far: feeds keep the order."""
        self.start_topic("buoy", who)
        self.delete("/api/topics/{buoy}", "204", who=who)
        self.get("/api/topics/{buoy}/messages", "404 topic_not_found", settles=True)


def verdict(step: Step, answers: list[Answer], shapes: list[Shape]) -> list[str]:
    """What is wrong with the two answers, in lines."""
    lines = differences(*shapes)
    if not lines and step.outcome and answers[0].outcome != step.outcome:
        return [f"both answered {answers[0].outcome}, the history expects {step.outcome}"]
    return lines
