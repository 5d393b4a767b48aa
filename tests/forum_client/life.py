"""People who do everything that a forum is for, all at once, and remember what they were told."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import httpx

from forum_client.answers import Json, accepted, refused
from forum_client.forum import Forum
from forum_client.person import Person, path_of


@dataclass
class Remembered:
    """What one writer was told. `texts`: of each topic and message by its path, None for what is deleted."""

    texts: dict[str, str | None] = field(default_factory=dict)
    bios: dict[str, str] = field(default_factory=dict)
    locked: dict[str, bool] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)  # access tokens of sessions that were ended


class Liver:
    """One who lives here: a person whose session goes on and on, and what became of their doings."""

    def __init__(self, life: "Life", seed: int) -> None:
        self.life, self.random = life, Random(seed)  # noqa: S311
        self.forum = life.forum
        self.person = self.forum.register("liver")
        self.topics: list[Json] = [self.person.starts_topic(body=secrets.token_hex(8))]
        self.messages: list[Json] = []
        self.kept = Remembered({path_of(topic): topic["body"] for topic in self.topics})
        self.doings: list[tuple[int, Callable[[], None]]] = [
            (30, self.reply),
            (10, self.start_topic),
            (12, self.edit),
            (5, self.delete),
            (8, self.refresh),
            (4, self.come_and_go),
            (4, self.register),
            (6, self.change_profile),
            (4, self.moderate),
            (17, self.read),
        ]

    def live(self) -> None:
        weights = [weight for weight, _ in self.doings]
        while not self.life.is_over.is_set():
            [(_, do)] = self.random.choices(self.doings, weights)
            began = time.monotonic()
            try:
                do()
            except (AssertionError, httpx.TransportError) as error:
                self.life.failures.append(f"{do.__name__}: {type(error).__name__}: {error}")
                self.life.is_over.wait(0.1)
            self.life.took[do.__name__].append(time.monotonic() - began)

    def once(self, method: str, path: str, body: Json, status: int) -> Json:
        """One write under an idempotency key."""
        headers = {"Idempotency-Key": secrets.token_hex(8)} if method == "POST" else {}
        return accepted(self.person.request(method, path, json=body, headers=headers), status)

    def reply(self) -> None:
        topic = self.random.choice(self.random.choice(self.life.livers).topics)
        text = secrets.token_hex(12)
        message = self.once("POST", f"/api/topics/{topic['id']}/messages", {"body": text}, 201)
        self.messages.append(message)
        self.kept.texts[path_of(message)] = text

    def start_topic(self) -> None:
        text = secrets.token_hex(12)
        topic = self.once("POST", "/api/topics", {"title": "A topic", "body": text, "tags": ["life"]}, 201)
        self.kept.texts[path_of(topic)] = text
        assert accepted(self.forum.get(path_of(topic)))["body"] == text, "one reads what one wrote"
        message = self.once("POST", f"/api/topics/{topic['id']}/messages", {"body": text}, 201)
        self.kept.texts[path_of(message)] = text
        self.topics.append(topic)

    def edit(self) -> None:
        thing = self.random.choice([*self.topics, *self.messages])
        text = secrets.token_hex(12)
        edited = self.once("PATCH", path_of(thing), {"body": text}, 200)
        assert edited["body"] == text
        self.kept.texts[path_of(thing)] = text

    def delete(self) -> None:
        if self.messages:
            message = self.messages.pop(self.random.randrange(len(self.messages)))
            self.person.deletes(message)
            self.kept.texts[path_of(message)] = None

    def refresh(self) -> None:
        self.person.refreshes()

    def come_and_go(self) -> None:
        elsewhere = self.person.logs_in_again()
        elsewhere.logs_out()
        self.kept.ended.append(elsewhere.token)

    def register(self) -> None:
        somebody = self.forum.register("somebody")
        text = secrets.token_hex(12)
        topic = self.random.choice(self.topics)
        self.kept.texts[path_of(somebody.replies(topic, text))] = text
        self.kept.bios[somebody.username] = ""

    def change_profile(self) -> None:
        bio = secrets.token_hex(8)
        self.person.changes_profile(bio=bio)
        self.kept.bios[self.person.username] = bio

    def moderate(self) -> None:
        """In a topic of one's own, where nobody else would be refused."""
        topic = self.person.starts_topic(body=secrets.token_hex(8))
        self.kept.texts[path_of(topic)] = topic["body"]
        with self.life.moderating:
            for locked in (True, False, True)[: self.random.randint(1, 3)]:
                self.life.moderator.edits(topic, locked=locked)
                self.kept.locked[path_of(topic)] = locked

    def read(self) -> None:
        topic = self.random.choice(self.topics)
        for path in (path_of(topic), f"{path_of(topic)}/messages", "/api/topics?limit=5", "/api/tags"):
            accepted(self.forum.get(path))
        mine = accepted(self.person.request("GET", "/api/users/me"))
        assert mine["bio"] == self.kept.bios.get(self.person.username, ""), "one reads what one wrote"


class Life:
    """Several of them, as long as the block lasts. `took`: of each doing, how many seconds each time."""

    def __init__(self, forum: Forum, moderator: Person, *, livers: int = 4, seed: int = 1) -> None:
        self.forum, self.moderator = forum, moderator
        self.moderating = threading.Lock()  # a session has one refresh token
        self.is_over = threading.Event()
        self.failures: list[str] = []
        self.livers: list[Liver] = []
        self.livers += [Liver(self, seed + number) for number in range(livers)]
        self.took: dict[str, list[float]] = {do.__name__: [] for _, do in self.livers[0].doings}
        self._threads = [threading.Thread(target=liver.live) for liver in self.livers]

    def __enter__(self) -> "Life":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self._threads:
            thread.join()

    @property
    def done(self) -> int:
        """How many doings there were."""
        return sum(map(len, self.took.values()))

    @property
    def longest(self) -> float:
        """Seconds of the longest doing."""
        return max(max(times, default=0) for times in self.took.values())

    def check(self) -> None:
        """What each was told is so, and everything is there once."""
        assert not self.failures, self.failures[:5]
        for liver in self.livers:
            for path, text in liver.kept.texts.items():
                answer = self.forum.get(path)
                if text is None:
                    refused(answer, 404)
                else:
                    assert accepted(answer)["body"] == text, path
            for username, bio in liver.kept.bios.items():
                assert accepted(self.forum.get(f"/api/users/{username}"))["bio"] == bio
            for path, locked in liver.kept.locked.items():
                assert accepted(self.forum.get(path))["locked"] == locked
            for token in liver.kept.ended:
                refused(self.forum.request("GET", "/api/users/me", token=token), 401)
            liver.person.refreshes()
            for topic in liver.topics:
                self._check_messages(topic)

    def _check_messages(self, topic: Json) -> None:
        there = self.forum.reads(topic)
        told = {path: text for liver in self.livers for path, text in liver.kept.texts.items()}
        assert len({message["number"] for message in there}) == len(there)
        assert not {path_of(message) for message in there} - told.keys(), "nobody was told of these"
        assert max(Counter(message["body"] for message in there).values(), default=1) == 1
