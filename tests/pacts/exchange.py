"""What a consumer asks and what it must be answered: served to the consumer, and written down as a pact."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pact import Pact

Json = dict[str, Any]


@dataclass(frozen=True)
class Exchange:
    """A GET and its answer. `given` is the state of the provider in which it answers so, `params` what
    that state is told. `auth` is (name, key). Query and body may hold matchers; of an answer whose body is
    None the consumer reads the status alone."""

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

    def __str__(self) -> str:
        return f"{self.consumer}-{self.provider}: {self.description}"

    def add_to(self, pact: Pact) -> None:
        """Makes this an interaction of the pact."""
        interaction = pact.upon_receiving(self.description).given(self.given, self.params)
        interaction.with_request("GET", self.path).with_query_parameters(self.query)
        if self.auth:
            interaction.with_header("Authorization", basic(*self.auth))
        interaction.will_respond_with(self.status)
        if self.body is not None:
            interaction.with_body(self.body, "application/json")


def basic(name: str, key: str) -> str:
    """The Authorization header of RFC 7617."""
    return f"Basic {b64encode(f'{name}:{key}'.encode()).decode()}"


def pact_of(exchanges: Iterable[Exchange]) -> Pact:
    """A pact of these, all between the same two."""
    ((consumer, provider),) = {(exchange.consumer, exchange.provider) for exchange in exchanges}
    pact = Pact(consumer, provider)
    for exchange in exchanges:
        exchange.add_to(pact)
    return pact


@contextmanager
def served(*exchanges: Exchange, port: int = 0) -> Iterator[str]:
    """The URL of a provider that answers exactly so. An error at the end when one of them was not asked for,
    or anything else was."""
    with pact_of(exchanges).serve("127.0.0.1", port) as server:
        yield str(server.url)


def written(exchanges: Iterable[Exchange]) -> Json:
    """The pact as it is kept: by description, without the versions of the library that wrote it."""
    with TemporaryDirectory() as folder:
        pact_of(exchanges).write_file(folder)
        (file,) = Path(folder).iterdir()
        content: Json = json.loads(file.read_text())
    del content["metadata"]["pactRust"]
    content["interactions"].sort(key=lambda interaction: interaction["description"])
    return content
