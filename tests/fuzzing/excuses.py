"""What schemathesis calls a failure and the API means to do, each with the reason."""

from typing import NamedTuple

from schemathesis import Response
from schemathesis.core.failures import Failure


class Excuse(NamedTuple):
    """A kind of failure that is none when the answer says these words."""

    failure: str
    words: str
    reason: str


EXCUSES = (
    Excuse("RejectedPositiveData", '"bad_cursor"', "a cursor is opaque: only the forum can tell a good one"),
    Excuse("RejectedPositiveData", '"idempotency_key_reused"', "it depends on what the key came with before"),
    Excuse("RejectedPositiveData", '"precondition_failed"', "it depends on who edited the thing before"),
    Excuse("RejectedPositiveData", "is not a message of this topic", "it depends on what the topic holds"),
    Excuse("RejectedPositiveData", "must be at most 5 tags", "JSON Schema cannot count what differs only"),
    Excuse(
        "RejectedPositiveData",
        "must not contain the character NUL",
        "true of every text; said once, in words",
    ),
    Excuse("RejectedPositiveData", "must not be blank", "what is blank is Unicode's to say, not a pattern's"),
    Excuse(
        "AllowHeaderMismatch",
        "Allowed here: DELETE, POST",
        "`refresh` is also a value of /api/sessions/{session}",
    ),
)


def is_excused(failure: Failure, response: Response) -> bool:
    """Whether one of the excuses fits. What the router answers itself carries no id, and promises its status
    only, unless that says that the forum is to blame."""
    if "x-request-id" not in response.headers:
        return response.status_code < 500
    return any(
        type(failure).__name__ == excuse.failure and excuse.words in response.text for excuse in EXCUSES
    )
