"""What no endpoint is meant for: wrong methods, bodies, tokens and paths; and the web front end."""

import json
from typing import Any

from sameness.lockstep import Lockstep

from monolith.openapi import document
from web.assets import asset

NOBODY = "00000000-0000-4000-8000-000000000000"
PATHS: dict[str, dict[str, Any]] = document()["paths"]
JSON = {"Content-Type": "application/json"}
PLAIN = {"Content-Type": "text/plain"}
BAD_CREDENTIALS = [
    "Bearer",
    "Bearer x",
    "Bearer a.b.c",
    "Basic YWRhOmFkYQ==",
    "Bearer " + "x" * 6000,
]
HOSTILE_PATHS = [
    "/api", "/api/", "/api/nothing", "/api/topics/", "//api/topics", "/api//topics", "/api/./topics",
    "/api/x/../topics", "/api/%74opics", "/api/topics%2F", "/api/topics/%00", "/api/topics/%ff",
    "/api/topics/..", "/api/Topics", "/api/topics;x", "/api/users/a/b", "/api/messages/x/y", "/api/tags/x",
    "/api/sessions/x/y", "/.well-known/x", "/.well-known/jwks.json/", "/nothing", "/docs/", "/assets/",
    "/assets/nothing.js", "/assets/../pages.py", "/openapi.json/", "/internal/topics/x", "/metrics",
    "/health/live", "/%69nternal/x", "/redoc", "/favicon.ico", "/api/topics/x%20y", "/api/users/%E2%80%A8",
    "/api/users/%ED%A0%80", "/api/users/%FF", "/api/topics/" + "x" * 5000,
]  # fmt: skip


def concrete(path: str, topic: str = NOBODY, message: str = NOBODY) -> str:
    """A path of the document, without more with ids of nothing."""
    return (
        path.replace("{username}", "nobody").replace("{topic_id}", topic).replace("{message_id}", message)
    ).replace("{session}", NOBODY)


def methods(both: Lockstep) -> None:
    """Every path answers alike to methods that it lacks, to HEAD, and with a slash at the end."""
    for path, operations in PATHS.items():
        for method in ("PUT", "POST", "PATCH", "DELETE", "OPTIONS", "BREW"):
            if method.lower() not in operations:
                both.send(method, concrete(path), "")  # 405, but for /api/sessions/{session} spelt otherwise
        both.get(concrete(path) + "/", "404 not_found")
        if "get" not in operations:
            both.get(concrete(path), "")  # as another path may have it: /api/sessions/{session}
        if path != "/api/topics/{topic_id}/messages/stream":
            both.send("HEAD", concrete(path), "")


def bodies(both: Lockstep) -> None:
    """Every operation that takes a body refuses alike what is none."""
    both.join("Bea")
    for path, method in [(p, m) for p, operations in PATHS.items() for m in operations]:
        if "requestBody" not in PATHS[path][method]:
            continue
        how: dict[str, Any] = {"who": "Bea", "headers": JSON}
        for content, outcome in (
            (b'"' + b"x" * 262_144 + b'"', "413 too_large"),
            (b"", "400 bad_request"),
            (b"{", "400 bad_request"),
            (b'{"body": "\xff"}', "400 bad_request"),
            (b"[" * 5000, "400 bad_request"),
            (b"[]", "422 invalid"),
            (b"null", "422 invalid"),
            (b'{"body": NaN}', ""),
            (b'{"unknown": 1}', "422 invalid"),
            (rb'{"body": "\ud800", "title": "\u0000", "username": "\ud800"}', "422 invalid"),
            (b'{"body": "a", "body": "b", "current": 1, "role": 1, "username": 1, "bio": 1}', "422 invalid"),
        ):
            both.send(method.upper(), concrete(path), outcome, content=content, **how)
        for headers in (PLAIN, {"Content-Type": "application/json; charset=utf-16"}, {}):
            both.send(method.upper(), concrete(path), "", who="Bea", content=b"{}", headers=headers)
        both.send(
            method.upper(),
            concrete(path),
            "415 unsupported_media_type",
            who="Bea",
            content=b"{",
            headers=PLAIN,
        )


def tokens(both: Lockstep) -> None:
    """Every operation refuses alike a bad token, and none where one is needed."""
    for path, method in [(p, m) for p, operations in PATHS.items() for m in operations]:
        content = b"{}" if "requestBody" in PATHS[path][method] else None
        needed = PATHS[path][method].get("security") == [{"token": []}]
        for credentials in BAD_CREDENTIALS:
            headers = JSON | {"Authorization": credentials}
            outcome = "401 unauthorized" if PATHS[path][method].get("security") else ""
            both.send(method.upper(), concrete(path), outcome, content=content, headers=headers)
        if needed:
            both.send(method.upper(), concrete(path), "401 unauthorized", content=content, headers=JSON)


def headers(both: Lockstep) -> None:
    for value in ("mine", "a b", "x" * 129, "x" * 128, "a\tb"):
        both.get("/api/tags", headers={"X-Request-ID": value} if value in ("mine", "x" * 128) else {})
    both.get("/nothing", "404 not_found", headers={"X-Request-ID": "mine"})
    both.join("Hal")
    body = {"body": json.loads('"x"'), "title": "x"}
    for key in ("k" * 256, "é", "a\tb"):
        both.post("/api/topics", "", who="Hal", body=body, headers={"Idempotency-Key": key})
    for origin in ({"Origin": "https://elsewhere.example"}, {"Accept": "text/html"}, {"Range": "bytes=0-1"}):
        both.get("/api/tags", headers=origin)
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    both.send("OPTIONS", "/api/topics", "405 method_not_allowed", headers=preflight)


def paths(both: Lockstep) -> None:
    for path in HOSTILE_PATHS:
        for method in ("GET", "POST", "HEAD"):
            both.send(method, path, "", is_raw=True)


def web(both: Lockstep) -> None:
    both.join("Wim", display_name="<Wim>")
    both.start_topic("page", "Wim", title="<script>page</script>")
    both.get("/")
    for path in ("/docs", "/openapi.json", asset("forum.css"), asset("docs.js")):
        both.get(path, keep={"page.etag": "header etag"} if "." in path else None)
    both.get("/openapi.json", "", headers={"If-None-Match": "{page.etag}"})
    for path in ("/", "/docs", "/openapi.json", asset("swagger-ui.css"), asset("swagger-ui-bundle.js")):
        both.send("HEAD", path, "200")
        both.post(path, "405 method_not_allowed")


CHAPTERS = [methods, bodies, tokens, headers, paths, web]
