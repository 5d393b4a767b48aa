"""What a consumer asks and what it must be answered: served to the consumer, and written down as a pact."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pact import Pact
from pact.match.matcher import AbstractMatcher

Json = dict[str, Any]
Headers = Mapping[str, str | AbstractMatcher[object]]


@dataclass(frozen=True, eq=False)
class Exchange:
    """A request and its answer. `given` is the state of the provider in which it answers so, `params` what
    that state is told. `auth` is (name, key), `headers` and `sent` are the request's own, `told` is the
    headers of the answer that are read. All but the path may hold matchers; of an answer whose body is None
    the consumer reads no body."""

    consumer: str
    provider: str
    description: str
    path: str
    given: str
    params: Json = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)
    auth: tuple[str, str] | None = None
    status: int = 200
    body: Json | None = None
    method: str = "GET"
    headers: Headers = field(default_factory=dict)
    sent: Json | None = None
    told: Headers = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.consumer}-{self.provider}: {self.description}"

    def add_to(self, pact: Pact) -> None:
        """Makes this an interaction of the pact."""
        interaction = pact.upon_receiving(self.description).given(self.given, self.params)
        interaction.with_request(self.method, self.path).with_query_parameters(self.query)
        own = {"Authorization": basic(*self.auth)} if self.auth else {}
        for name, value in (own | dict(self.headers)).items():
            interaction.with_header(name, value)
        if self.sent is not None:
            interaction.with_body(self.sent, "application/json")
        interaction.will_respond_with(self.status)
        for name, value in self.told.items():
            interaction.with_header(name, value)
        if self.body is not None:
            media_type = "application/json" if self.status < 400 else "application/problem+json"
            interaction.with_body(self.body, media_type)


def basic(name: str, key: str) -> str:
    """The Authorization header of RFC 7617."""
    return f"Basic {b64encode(f'{name}:{key}'.encode()).decode()}"


def pact_of(exchanges: Iterable[Exchange], consumer: str = "one", provider: str = "another") -> Pact:
    """A pact of these."""
    pact = Pact(consumer, provider)
    for exchange in exchanges:
        exchange.add_to(pact)
    return pact


@contextmanager
def served(*exchanges: Exchange, port: int = 0) -> Iterator[str]:
    """The URL of one peer, or of all, that answers exactly so. An error at the end when one of these was
    not asked for, or anything else was."""
    with pact_of(exchanges).serve("127.0.0.1", port) as server:
        yield str(server.url)


def written(exchanges: Sequence[Exchange]) -> Json:
    """The pact as it is kept: by description, without the versions of the library that wrote it."""
    with TemporaryDirectory() as folder:
        pact_of(exchanges, exchanges[0].consumer, exchanges[0].provider).write_file(folder)
        (file,) = Path(folder).iterdir()
        content: Json = json.loads(file.read_text())
    del content["metadata"]["pactRust"]
    content["interactions"].sort(key=lambda interaction: interaction["description"])
    return content
