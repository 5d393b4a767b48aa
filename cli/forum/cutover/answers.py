"""Whether both sides answer alike: a handful of GETs to each, which each answers for itself.

The place of a page's successor is sealed with SECRET_KEY: what one side has sealed the other must open.
"""

import asyncio
from typing import Any

import httpx

from forum.cutover.sides import Pair, Side
from forum.doctor import Findings

ITSELF = {"Passed-On": "1"}
TRIES, PAUSE = 20, 0.25  # what is written meanwhile takes a moment to come
SAMPLE = 3

PAGES = {
    "users": ["/api/users?limit=20", "/.well-known/jwks.json"],
    "topics": ["/api/topics?limit=20", "/api/topics?limit=20&sort=new", "/api/tags"],
    "messages": ["/api/messages?limit=20"],
}
# What people's writing changes all the while, and each side counts for itself.
COUNTED = frozenset({"message_count", "last_activity_at", "last_author", "topics", "next"})
# One thing each, the oldest and the newest: where it is found, and what in its path.
SINGLE = {
    "users": (
        "/api/users/{}",
        "SELECT username FROM users.users WHERE state <> 'deleted' ORDER BY id {} LIMIT $1",
    ),
    "topics": (
        "/api/topics/{}",
        "SELECT id FROM topics.topics WHERE state <> 'deleted' ORDER BY id {} LIMIT $1",
    ),
    "messages": (
        "/api/topics/{}/messages",
        "SELECT topic_id FROM messages.activity WHERE message_count > 0 ORDER BY topic_id {} LIMIT $1",
    ),
}


async def check_answers(
    findings: Findings, pair: Pair, transport: httpx.AsyncBaseTransport | None = None
) -> None:
    """Equal statuses of both sides, and equal JSON of each thing that both tell of."""
    before = findings.wrong
    paths = PAGES[pair.service] + await paths_of_some(pair)
    async with httpx.AsyncClient(headers=ITSELF, timeout=10, trust_env=False, transport=transport) as client:
        for path in paths:
            await _check(findings, client, pair, path)
            if findings.wrong > before:
                return
        await _check_secret(findings, client, pair)
    if findings.wrong == before:
        findings.fine(f"{pair.service}: both sides answer {len(paths)} requests alike")


async def paths_of_some(pair: Pair) -> list[str]:
    path, query = SINGLE[pair.service]
    orders = [await pair.monolith.connection.fetch(query.format(order), SAMPLE) for order in ("ASC", "DESC")]
    return list(dict.fromkeys(path.format(row[0]) for rows in orders for row in rows))


async def _check(findings: Findings, client: httpx.AsyncClient, pair: Pair, path: str) -> None:
    unlike: str | None = None
    for _ in range(TRIES):
        unlike = difference(*[await _answer(client, side, path) for side in (pair.monolith, pair.own)])
        if unlike is None:
            return
        await asyncio.sleep(PAUSE)
    findings.problem(
        f"{pair.service}: the sides do not answer {path} alike ({unlike})",
        f"Ask {pair.monolith.place.address} and {pair.own.place.address}, with the header Passed-On: 1.",
    )


async def _answer(client: httpx.AsyncClient, side: Side, path: str) -> Any:
    """Status and JSON; or why there is none."""
    try:
        answer = await client.get(side.place.address + path)
        return answer.status_code, answer.json()
    except (httpx.HTTPError, ValueError) as error:
        return f"{side.place.address}: {error or type(error).__name__}"


def difference(one: Any, other: Any) -> str | None:
    """In what two answers disagree; None when they do not. People write between them, so that of lists only
    what is in both is compared, and there must be something."""
    if isinstance(one, str) or isinstance(other, str):
        return one if isinstance(one, str) else str(other)
    if one[0] != other[0]:
        return f"{one[0]} and {other[0]}"
    first, second = ({_name(thing): thing for thing in _things(answer[1])} for answer in (one, other))
    if (first or second) and not first.keys() & second.keys():
        return "lists of other things"
    for key in first.keys() & second.keys():
        for field in (first[key].keys() | second[key].keys()) - COUNTED:
            if first[key].get(field) != second[key].get(field):
                return f"{key}: {field}"
    return None


def _things(document: Any) -> list[Any]:
    """The items of a list, else the one thing that the document is."""
    return list(document["items"]) if isinstance(document, dict) and "items" in document else [document]


def _name(thing: Any) -> Any:
    return next((thing[key] for key in ("id", "tag") if key in thing), None)


async def _check_secret(findings: Findings, client: httpx.AsyncClient, pair: Pair) -> None:
    path = PAGES[pair.service][0].replace("20", "1")
    sealed = (await client.get(pair.monolith.place.address + path)).json().get("next")
    if sealed is None:
        findings.fine(f"{pair.service}: too little is there to tell whether both have one SECRET_KEY")
        return
    answer = await client.get(pair.own.place.address + path, params={"cursor": sealed, "limit": 1})
    if answer.status_code != 200:
        findings.problem(
            f"{pair.service}: the service does not open what the monolith has sealed",
            "Give both the same SECRET_KEY, and start again the one that had another.",
        )
