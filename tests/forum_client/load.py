"""People who write without pause and remember what they were told, to find what was lost or doubled."""

import logging
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import httpx

from forum_client.answers import Json, accepted
from forum_client.forum import Forum
from forum_client.person import Person
from forum_client.waiting import eventually

log = logging.getLogger(__name__)


@dataclass
class Writing:
    """One write under one idempotency key. `told`: the answer with 201, or None where none came."""

    person: Person
    path: str
    body: Json
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    told: Json | None = None
    sent: int = 0

    @property
    def text(self) -> str:
        text: str = self.body["body"]
        return text

    def send(self) -> bool:
        """Whether an answer came. A refusal is an AssertionError: nothing here deserves one."""
        self.sent += 1
        try:
            answer = self.person.request(
                "POST", self.path, json=self.body, headers={"Idempotency-Key": self.key}
            )
        except httpx.TransportError:
            return False
        if answer.status_code >= 500:
            return False
        told = accepted(answer, 201)
        assert self.told is None or self.told == told, "the same key gave another answer"
        self.told = told
        return True


def answered(writing: Writing) -> None:
    assert writing.send(), "a forum that is whole again has to answer"


class Load:
    """Writers in threads. Each round: a topic of its own sometimes, else a message in one of `topics`."""

    def __init__(self, forum: Forum, people: list[Person], topics: list[Json], tag: str) -> None:
        self.forum, self.topics, self.tag = forum, topics, tag
        self.writings: list[Writing] = []
        self.errors: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(person,)) for person in people]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, person: Person) -> None:
        turn = 0
        try:
            while not self._stop.is_set():
                turn += 1
                writing = self._next(person, turn)
                self.writings.append(writing)
                if not writing.send():
                    self._stop.wait(0.05)
        except BaseException as error:
            self.errors.append(error)

    def _next(self, person: Person, turn: int) -> Writing:
        text = secrets.token_hex(12)
        if turn % 5 == 0:
            return Writing(person, "/api/topics", {"title": "A", "body": text, "tags": [self.tag]})
        topic = self.topics[turn % len(self.topics)]
        return Writing(person, f"/api/topics/{topic['id']}/messages", {"body": text})

    @property
    def acknowledged(self) -> int:
        return sum(writing.told is not None for writing in self.writings)

    def send_again(self) -> None:
        """Send every second one of those that got no answer once more, under the same key."""
        for writing in [writing for writing in self.writings if writing.told is None][::2]:
            eventually(partial(answered, writing), within=30)

    def check(self) -> None:
        """Each acknowledged write is there exactly once, each other one once at most, and nothing else is."""
        assert not self.errors, self.errors
        there = Counter(message["body"] for topic in self.topics for message in self.forum.reads(topic))
        started = self.forum.all("/api/topics", tag=self.tag, sort="new", limit=100)
        there += Counter(self.forum.topic(topic)["body"] for topic in started)
        lost = [w for w in self.writings if w.told is not None and there[w.text] == 0]
        doubled = [w for w in self.writings if there[w.text] > 1]
        strange = there.keys() - {w.text for w in self.writings}
        unanswered = [w for w in self.writings if w.told is None]
        log.info("%d writes acknowledged, %d without an answer", self.acknowledged, len(unanswered))
        log.info("%d of the unanswered are there", sum(there[w.text] for w in unanswered))
        log.info("%d sent again", sum(w.sent > 1 for w in self.writings))
        assert not lost, f"acknowledged and not there: {lost}"
        assert not doubled, f"there more than once: {doubled}"
        assert not strange, f"nobody wrote: {strange}"
