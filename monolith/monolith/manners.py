"""What the OpenAPI document says of the whole API: manners, headers, and where an answer leads."""

from typing import Any

TAGS: list[dict[str, Any]] = [
    {"name": "users", "description": "Accounts and profiles, sessions, the keys that sign access tokens."},
    {"name": "topics", "description": "What is talked about: topics and their tags."},
    {"name": "messages", "description": "What is said in a topic, as lists and as a live stream."},
]
DESCRIPTION = """\
Users, topics and messages of a forum. JSON in and out, in UTF-8; times are RFC 3339 in UTC with six
fractional digits; text is kept as sent, and holds neither NUL nor half of a surrogate pair; lengths are
counted in code points. An answer may carry further fields; a request body may not.

**Who calls** is said by `Authorization: Bearer <access token>`, a token that `log_in` gives and that lives
for minutes; `refresh_session` gives the next. A bad token is refused everywhere, also where none is needed.

**Lists** come in pages: `next` is the `cursor` of the following page, null on the last; the `Link` header
says the same. A cursor is opaque, and one of its list with its filters only. Every row that was there at
the start comes exactly once, while others are added.

**ETags**: every GET answers 304 to an `If-None-Match` that names its `ETag`. A PATCH or DELETE with
`If-Match` is refused with 412 when somebody edited the thing meanwhile.

**Idempotency**: a POST with an `Idempotency-Key` may be sent again within 24 hours, by the same caller with
the same body: it gets the first answer and does nothing.

**Errors** are RFC 9457 problems (`application/problem+json`) whose `code` names them. They are checked in
this order: 404 and 405 for the route, 413, 415, 400, 401, 422, 404, 403, 409, 412. Besides them every path
answers 405 with `Allow` to other methods, and HEAD wherever it answers GET. An id that is no UUID is 404.

Every answer carries `X-Request-ID`: the caller's when it is sane, else a new one. Where the router answers
itself, since a service does not, it promises the status only.
"""

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `code` names the error; `errors` names the fields.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def _header(description: str, *, required: bool = True, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": {"type": "string"} | schema}


HEADERS = {
    "X-Request-ID": _header("The caller's when it is sane, else new.", pattern="^[A-Za-z0-9._:+/=-]{1,128}$"),
    "ETag": _header(
        'Of this answer; of one thing it is `"{version}-{digest}"`.', pattern='^"([0-9]+-)?[0-9a-f]+"$'
    ),
    "Location": _header("The path of what came to be.", format="uri-reference"),
    "Link": _header('`<…>; rel="next"`, when there is a following page (RFC 8288).', required=False),
    "Cache-Control": _header("Tokens are not to be kept on the way.", const="no-store"),
    "WWW-Authenticate": _header("How to say who calls.", pattern="^Bearer "),
    "Retry-After": _header("In so many seconds.", type="integer", minimum=0),
}


def _sent(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"} | schema}


PARAMETERS = {
    "IfMatch": _sent("If-Match", "The ETag of the thing as you read it, or `*`.", examples=["*"]),
    "IfNoneMatch": _sent("If-None-Match", "ETags that you know.", examples=['"1-0f1e2d3c4b5a69788796"']),
    "IdempotencyKey": _sent(
        "Idempotency-Key",
        "A new one for each thing to do, the same one to try again.",
        pattern="^[!-~]([ -~]{0,253}[!-~])?$",
    ),
}

PATHS = {  # each a field of a schema, whose example it shares
    "username": ("User", "username", "In any case."),
    "session": ("Device", "id", "The id of one of my sessions."),
    "topic_id": ("Topic", "id", "The id of a topic."),
    "message_id": ("Message", "id", "The id of a message."),
}


def _leads_to(where: str, parameter: str, *operations: str) -> dict[str, Any]:
    """Links to operations whose path `parameter` is found at `where` in the body."""
    return {
        operation: {"operationId": operation, "parameters": {parameter: f"$response.body#/{where}"}}
        for operation in operations
    }


_OF_TOPIC = ("read_topic", "edit_topic", "delete_topic", "list_messages_of_topic", "reply")
_OF_MESSAGE = ("read_message", "edit_message", "delete_message")
_REFRESH = {"refresh_token": "$response.body#/refresh_token"}
LINKS: dict[str, dict[str, Any]] = {
    "register": _leads_to("username", "username", "find_user", "change_user"),
    "find_users": _leads_to("items/0/username", "username", "find_user", "change_user"),
    "log_in": {"refresh_session": {"operationId": "refresh_session", "requestBody": _REFRESH}},
    "list_sessions": _leads_to("items/0/id", "session", "end_session"),
    "start_topic": _leads_to("id", "topic_id", *_OF_TOPIC),
    "list_topics": _leads_to("items/0/id", "topic_id", *_OF_TOPIC),
    "reply": _leads_to("id", "message_id", *_OF_MESSAGE),
    "list_messages_of_topic": _leads_to("items/0/id", "message_id", *_OF_MESSAGE),
    "list_messages": _leads_to("items/0/id", "message_id", *_OF_MESSAGE),
}
