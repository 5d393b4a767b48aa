"""What can go wrong here, in forum words."""

from chassis.problem import NotAllowed, NotFound, Problem, Unauthorized


class UserNotFound(NotFound):
    code, title = "user_not_found", "There is no such user"


class SessionNotFound(NotFound):
    code, title = "session_not_found", "You have no such session"


class UsernameTaken(Problem):
    status, code, title = 409, "username_taken", "This username is taken"


class BadCredentials(Unauthorized):
    """A log-in that fails. It commits: the failure is counted, also under an idempotency key."""

    code, title, commits = "bad_credentials", "The username or the password is wrong", True


class WrongPassword(NotAllowed):
    """Somebody logged in does not know the password that the account has."""

    code, title = "bad_credentials", "The password is wrong"


class BadRefreshToken(Unauthorized):
    """It commits: a token used twice ends its session."""

    code, title, commits = "bad_refresh_token", "This refresh token is not valid. Log in again", True


class Suspended(NotAllowed):
    code, title = "suspended", "This account is suspended"


class AdminIsSafe(NotAllowed):
    title = "Nobody suspends an administrator"


class LastAdmin(NotAllowed):
    title = "The last administrator stays one"


class TooManyFailures(Problem):
    """`retry_after` is in seconds."""

    status, code, title = 429, "too_many_failures", "Too many failed log-ins. Try again later"

    def __init__(self, retry_after: int) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)})
