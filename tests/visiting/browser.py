"""What a browser does with pages: it keeps cookies and sends forms."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from html import unescape
from typing import Any

import httpx
import orjson

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Browser(httpx.Client):
    """Follows no redirect by itself."""

    def __init__(self, url: str, address: str = "127.0.0.1") -> None:
        transport = httpx.HTTPTransport(local_address=address)
        super().__init__(base_url=url, transport=transport, timeout=15, trust_env=False)

    def sends(
        self, page: str, *, to: str = "", headers: dict[str, str] | None = None, **fields: str
    ) -> httpx.Response:
        """Fills in the form of a page and sends it, with what is hidden in it."""
        hidden = {name: unescape(value) for name, value in HIDDEN.findall(self.get(page).text)}
        path = to or page.partition("?")[0]
        return self.post(path, data=hidden | fields, headers=headers)

    @property
    def user(self) -> str | None:
        """Whom the pages greet."""
        greeted = re.search(r'<a class="who" href="/users/([^"]+)">', self.get("/tags").text)
        return greeted and greeted[1]

    @property
    def session(self) -> dict[str, Any]:
        """What the session's cookie holds."""
        return opened(self.cookies["session"])

    def near_the_end(self) -> dict[str, str]:
        """The header with a session whose access token is about to end, as each tab sends it."""
        ending = self.session | {"until": 0}
        return {"Cookie": f"session={urlsafe_b64encode(orjson.dumps(ending)).decode()}"}


def opened(cookie: str) -> dict[str, Any]:
    """What is inside a session's cookie."""
    session: dict[str, Any] = orjson.loads(urlsafe_b64decode(cookie))
    return session
