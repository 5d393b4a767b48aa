"""What a follower expects of a feed: the pages, the cursor that is gone, the refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pact import generate, match
from pact.match.matcher import GenericMatcher
from pacts.exchange import Exchange, Json

from chassis.follow import PAGE, WAIT_SECONDS

# A cursor is the provider's: it says which one when it is brought into the state.
SINCE = GenericMatcher("regex", "cursor", generate.provider_state("${cursor}"), regex="^.+$")
NEXT = match.regex("next", regex="^.+$")
DOWN = "the database does not answer"


@dataclass(frozen=True)
class Feed:
    """A feed that `consumer` follows. `rows` are what the provider's state is told, by the feed's key, and
    `changed` is what becomes of the last; `shown` makes of a row what the feed must say of it."""

    consumer: str
    provider: str
    relation: str
    rows: list[Json]
    changed: Json
    shown: Callable[[Json], Json] = lambda row: row

    def __str__(self) -> str:
        return f"{self.consumer}.{self.relation}"

    def asks(self, what: str, given: str, items: list[Json] | None = None, **more: Any) -> Exchange:
        """A request for a page after a cursor, answered with the last rows that there are (`items`) unless
        `more` says otherwise."""
        query = {"since": more.pop("since", SINCE), "limit": str(PAGE), "wait": more.pop("wait", "0")}
        if items is not None:
            more["body"] = {"items": [self.shown(row) for row in items], "next": NEXT, "caught_up": True}
        return Exchange(
            self.consumer,
            self.provider,
            f"{self.relation}: {what}",
            f"/internal/changes/{self.relation}",
            given,
            {"relation": self.relation} | more.pop("params", {}),
            query,
            **{"auth": (self.consumer, f"{self.consumer}-key")} | more,
        )

    @property
    def full_page(self) -> Exchange:
        body = {"items": match.each_like(self.rows[0], min=1), "next": NEXT, "caught_up": False}
        given = "there are more rows than a page holds"
        return self.asks("a full page", given, since="", params={"like": self.rows[0]}, body=body)

    @property
    def last_page(self) -> Exchange:
        return self.asks("the last page", "these rows are new", self.rows, params={"rows": self.rows})

    @property
    def change(self) -> Exchange:
        params = {"rows": self.rows, "changed": self.changed}
        given, wait = "a row changes while it is waited for", str(WAIT_SECONDS)
        return self.asks("a change that was waited for", given, [self.changed], params=params, wait=wait)

    @property
    def nothing_new(self) -> Exchange:
        return self.asks("an empty page", "nothing is new", [])

    @property
    def gone(self) -> Exchange:
        return self.asks("a cursor that is gone", "the feed has begun anew", status=410)

    @property
    def refusals(self) -> list[Exchange]:
        answers = [("no key", None, 401), ("a wrong key", (self.consumer, "wrong"), 401)]
        answers.append(("somebody who may not read", ("stranger", "stranger-key"), 403))
        return [
            self.asks(who, "nothing is new", auth=auth, status=status) for who, auth, status in answers
        ] + [self.asks("without a database", DOWN, status=503)]

    @property
    def pages(self) -> list[Exchange]:
        return [self.full_page, self.last_page, self.change, self.nothing_new]
