"""What an answer has to look like, in one place, so that every refusal is checked whole."""

from typing import Any, NamedTuple

import httpx

Json = dict[str, Any]

PROBLEM = "application/problem+json"
PROBLEM_FIELDS = {"type", "title", "status", "detail", "code"}


class Asked(NamedTuple):
    """A request and what it was answered; `code` is that of a problem, else empty."""

    method: str
    path: str
    status: int
    code: str

    @classmethod
    def of(cls, response: httpx.Response) -> "Asked":
        """What to remember of an answer whose body has not been read yet: a stream's never ends."""
        request, code = response.request, ""
        if response.headers.get("content-type") == PROBLEM:
            response.read()
            code = response.json()["code"] if response.content else ""
        return cls(request.method, request.url.path, response.status_code, code)


def accepted(response: httpx.Response, status: int = 200) -> Json:
    """The JSON object of an answer with this status; an empty one where there is no body."""
    assert response.status_code == status, f"{said(response)}, not {status}"
    if not response.content:
        return {}
    assert response.headers["content-type"] == "application/json", said(response)
    content: Json = response.json()
    return content


def refused(
    response: httpx.Response, status: int, code: str | None = None, *, field: str | None = None
) -> Json:
    """The problem (RFC 9457) of a refusal, after checking status, code, the field it names, and its shape."""
    assert response.status_code == status, f"{said(response)}, not {status}"
    assert response.headers["content-type"] == PROBLEM, said(response)
    assert response.headers.get("x-request-id"), said(response)
    problem: Json = response.json()
    assert problem.keys() >= PROBLEM_FIELDS, said(response)
    assert problem["status"] == status, said(response)
    assert all(isinstance(problem[name], str) for name in PROBLEM_FIELDS - {"status"}), said(response)
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Bearer"), response.headers
    if status in (429, 503):
        assert int(response.headers["retry-after"]) > 0, response.headers
    if status == 405:
        assert response.headers["allow"], response.headers
    if code is not None:
        assert problem["code"] == code, f"{said(response)}, not {code}"
    if field is not None:
        fields = [error["field"] for error in problem["errors"]]
        assert field in fields, f"{said(response)} names {fields}, not {field}"
        assert all(error["message"] for error in problem["errors"]), said(response)
    return problem


def said(response: httpx.Response) -> str:
    """An answer in one line, for the message of a failed assertion."""
    request = response.request
    return f"{request.method} {request.url} answered {response.status_code} {response.text[:300]!r}"
