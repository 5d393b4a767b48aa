"""The forum as anyone sees it, over HTTP, with the words people use."""

import http.client
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from forum_client.answers import Asked, Json, accepted
from forum_client.person import PASSWORD, Person
from forum_client.stream import Stream


def unique(word: str) -> str:
    """`word` with an ending of its own, so that tests share no names: at most 30 characters, lower case."""
    return f"{word}-{secrets.token_hex(4)}"


class Forum:
    """A forum at a base URL. `admin` is the name and password of one, where known. `asked` remembers what
    was asked of it, and the answers' statuses and codes."""

    def __init__(self, url: str, name: str = "") -> None:
        self.url = url.rstrip("/")
        self.name = name or self.url
        self.admin: tuple[str, str] | None = None
        self.asked: set[Asked] = set()
        self.client = httpx.Client(
            base_url=self.url,
            timeout=15,
            trust_env=False,
            event_hooks={"response": [lambda response: self.asked.add(Asked.of(response))]},
        )

    def close(self) -> None:
        self.client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **how: Any,
    ) -> httpx.Response:
        """One request; `how` is httpx's (json, content, params …). Header values go out as UTF-8."""
        sent = {name.encode(): value.encode() for name, value in (headers or {}).items()}
        if token is not None:
            sent[b"Authorization"] = b"Bearer " + token.encode()
        return self.client.request(method, path, headers=sent, **how)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.request("GET", path, params=params or None)

    def raw_request(
        self, method: str, target: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request whose target goes out exactly as written: status, headers (lower case), body."""
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=10)
        try:
            connection.putrequest(method, target)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def register(self, name: str, **profile: Any) -> Person:
        """A new member whose username begins with `name`, logged in."""
        account = {"username": unique(name), "password": PASSWORD} | profile
        accepted(self.request("POST", "/api/users", json=account), 201)
        return self.log_in(account["username"], account["password"])

    def log_in(self, username: str, password: str = PASSWORD) -> Person:
        """A new session of somebody who is there already."""
        answer = self.request("POST", "/api/sessions", json={"username": username, "password": password})
        return Person(self, accepted(answer, 201), password)

    def topic(self, topic: Json) -> Json:
        """The topic as anyone reads it now."""
        return accepted(self.get(f"/api/topics/{topic['id']}"))

    def message(self, message: Json) -> Json:
        return accepted(self.get(f"/api/messages/{message['id']}"))

    def reads(self, topic: Json) -> list[Json]:
        """All messages of a topic, in order."""
        return list(self.all(f"/api/topics/{topic['id']}/messages", limit=100))

    def all(self, path: str, **params: Any) -> Iterator[Json]:
        """Every item of a list, page by page."""
        for page in self.pages(path, **params):
            yield from page["items"]

    def pages(self, path: str, **params: Any) -> Iterator[Json]:
        """Every page of a list, each asked for when it is wanted."""
        while True:
            page = accepted(self.get(path, **params))
            yield page
            if page["next"] is None:
                return
            params["cursor"] = page["next"]

    def stream(self, topic: Json, *, after: int | None = None, patience: float = 5) -> Stream:
        """The live stream of a topic, from now on, or after the message with that number."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        return Stream(self.client, f"/api/topics/{topic['id']}/messages/stream", headers, patience)
