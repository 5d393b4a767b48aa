"""The web front end alone, over a made-up API."""

import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx

from web.main import create_app
from web.settings import Settings
from web.transport import Received, Transport, Unreachable

Answer = Callable[[httpx.Request], httpx.Response]
LateAnswer = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
Json = dict[str, Any]

ADA = {"id": "01890000-0000-7000-8000-0000000000a1", "username": "ada", "display_name": "Ada"}
BOB = {"id": "01890000-0000-7000-8000-0000000000b2", "username": "bob", "display_name": "Bob Beech"}
TOPIC_ID = "01890000-0000-7000-8000-000000000001"
PASSWORD = "correct horse battery"  # noqa: S105  everybody's in tests
AT = "2020-01-02T03:04:05.000006Z"

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</a></li></ol><iframe src=//x>",
    "{{ 7 * 7 }}",
]


def through(client: httpx.AsyncClient) -> Transport:
    """What pages reach the API with, made of a client of a made-up one."""

    async def send(method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Received:
        try:
            answer = await client.request(method, target, headers=dict(headers), content=body)
        except httpx.HTTPError as error:
            raise Unreachable from error
        return answer.status_code, answer.headers, answer.content

    return send


@asynccontextmanager
async def visited(answer: Answer | LateAnswer, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor of a front end to whose requests the API answers so. It keeps cookies as a browser does."""
    app = create_app(Settings(caller_key="web-key", **settings))
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://api") as api,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as visitor,
    ):
        app.state.api = through(api)
        yield visitor


class Made:
    """A made-up API: `answers` maps `GET /api/topics` to a body, a status, a response or a function of the
    request; what else is asked is 404. `asked` is every request that came."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.get(f"{request.method} {request.url.path}", 404)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        if isinstance(answer, int):
            problem = {"status": answer, "code": "not_found", "title": "No", "detail": "No"}
            return httpx.Response(answer, json=problem)
        return httpx.Response(200, json=answer)

    @property
    def targets(self) -> list[str]:
        """What was asked, as `GET /api/topics?limit=20`."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.asked]


def listed(*items: Json, following: str | None = None, **more: Any) -> Json:
    """A page of a list."""
    return {"items": list(items), "next": following, **more}


def topic(**differently: Any) -> Json:
    """A topic, whose author has the display name `by`."""
    by = differently.pop("by", "Ada")
    return {
        "id": TOPIC_ID,
        "title": "Tea",
        "tags": ["kitchen"],
        "author": ADA | {"display_name": by},
        "last_author": BOB,
        "pinned": False,
        "locked": False,
        "message_count": 2,
        "last_activity_at": AT,
        "created_at": AT,
        "edited_at": None,
        "body": "Green or *black*?",
        "html": "<p>Green or <em>black</em>?</p>\n",
    } | differently


def message(number: int, **differently: Any) -> Json:
    """A message of the topic."""
    return {
        "id": message_id(number),
        "topic_id": TOPIC_ID,
        "number": number,
        "author": BOB,
        "body": f"Text {number}",
        "html": f"<p>Text {number}</p>\n",
        "reply_to": None,
        "created_at": AT,
        "edited_at": None,
    } | differently


def message_id(number: int) -> str:
    """The id of message `number`."""
    return f"01890000-0000-7000-8000-{number:012}"


def forum(*topics: Json, **answers: Any) -> Made:
    """An API with these topics in every list; `answers` by path replace or complete what it says."""
    known: dict[str, Any] = {
        "GET /api/topics": listed(*topics),
        "GET /api/tags": {"items": [{"tag": "kitchen", "topics": 1}]},
    }
    for each in topics:
        known[f"GET /api/topics/{each['id']}"] = each
        known[f"GET /api/topics/{each['id']}/messages"] = listed(last_number=0)
    return Made(known | answers)


async def shown(api: Answer | LateAnswer, path: str = "/", status: int = 200, **settings: Any) -> str:
    """A page's HTML."""
    async with visited(api, **settings) as visitor:
        page = await visitor.get(path)
        assert page.status_code == status, page.text
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        return page.text


def session(username: str = "ada", *, pair: int = 1, expires_in: int = 600, **differently: Any) -> Json:
    """A Session of the API, with the `pair`-th pair of its tokens."""
    user = {
        "id": ADA["id"],
        "username": username,
        "display_name": username.title(),
        "bio": "",
        "role": "member",
    }
    return {
        "access_token": f"access.{pair}",
        "token_type": "Bearer",
        "expires_in": expires_in,
        "refresh_token": f"refresh.{pair}",
        "user": user | {"created_at": AT} | differently,
    }


def problem(status: int, code: str, *fields: str, **headers: str) -> httpx.Response:
    """How the API refuses, naming these fields."""
    body: Json = {"type": "about:blank", "title": "No", "status": status, "code": code, "detail": "No"}
    errors = {"errors": [{"field": field, "message": "is wrong"} for field in fields]} if fields else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body | errors, headers=named)


async def sends(visitor: httpx.AsyncClient, page: str, *, to: str = "", **fields: str) -> httpx.Response:
    """Fills in the form of a page and sends it, with what is hidden in it."""
    form = await visitor.get(page)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form.text))
    assert "csrf" in hidden, form.text
    return await visitor.post(
        to or page, data={name: unescape(value) for name, value in hidden.items()} | fields
    )


@asynccontextmanager
async def logged_in(api: Made, **user: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor who has just logged in; nothing has been asked of the API since."""
    async with visited(api) as visitor:
        api.answers["POST /api/sessions"] = session(**user)
        answer = await sends(visitor, "/login", username="ada", password=PASSWORD)
        assert answer.status_code == 303, answer.text
        api.asked.clear()
        yield visitor
