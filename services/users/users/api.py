"""HTTP only: paths, statuses, shapes."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from chassis.answers import JSON, IfMatch, encode, entity, listing, page, saved
from chassis.endpoint import Db, Tx, service_router
from chassis.problem import (
    BadCursor,
    BadRequest,
    IdempotencyKeyReused,
    Invalid,
    NotAllowed,
    PreconditionFailed,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    problems,
)
from chassis.text import Text, parse_id
from users import accounts, errors, keys, moderation, schemas, sessions
from users.identity import Address, Self, Visitor, current
from users.passwords import Passwords
from users.tokens import Tokens

router = service_router("users", current)

MAYBE_TOKEN: dict[str, Any] = {"security": [{}, {"token": []}]}
TOKEN: dict[str, Any] = {"security": [{"token": []}]}
READ = (Unauthorized, Unavailable)
OPEN = (BadRequest, TooLarge, UnsupportedMediaType, Invalid, Unavailable)  # writes that look at no token
WRITE = (*OPEN, Unauthorized)


async def _passwords(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.passwords
    return passwords


async def _tokens(request: Request) -> Tokens:
    tokens: Tokens = request.app.state.tokens
    return tokens


PasswordsOf = Annotated[Passwords, Depends(_passwords)]
TokensOf = Annotated[Tokens, Depends(_tokens)]


@router.post(
    "/api/users",
    status_code=201,
    response_model=schemas.User,
    responses=problems(*OPEN, IdempotencyKeyReused, errors.UsernameTaken),
    summary="Register an account",
)
async def register(new: schemas.NewAccount, db: Db, passwords: PasswordsOf) -> Response:
    """A username is unique without case, and stays taken when its account is deleted."""
    row = await accounts.register(db, passwords, new)
    return saved(schemas.user(row, None), row["version"], location=f"/api/users/{row['username']}")


@router.get(
    "/api/users",
    response_model=schemas.UserPage,
    responses=problems(*READ, BadCursor, Invalid),
    summary="Users by username",
    openapi_extra=MAYBE_TOKEN,
)
async def find_users(
    request: Request,
    db: Db,
    me: Visitor,
    q: Annotated[Text, Query(description="The beginning of the username, in any case")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> Response:
    """Deleted users are in no list."""
    cursors, name = request.app.state.cursors, f"users:{q}"
    after = cursors.decode(name, cursor)[0] if cursor is not None else ""
    rows = await accounts.search(db, q, after=after, limit=limit + 1)
    following = cursors.encode(name, rows[limit - 1]["reserved_name"]) if len(rows) > limit else None
    return page(request, [schemas.user(row, me and me.role) for row in rows[:limit]], following)


@router.get(
    "/api/users/me",
    response_model=schemas.User,
    responses=problems(*READ),
    summary="My profile",
    openapi_extra=TOKEN,
)
async def own_profile(request: Request, db: Db, me: Self) -> Response:
    """As others see it."""
    row = await accounts.own_profile(db, me)
    return entity(request, schemas.user(row, me.role), row["version"])


@router.patch(
    "/api/users/me",
    response_model=schemas.User,
    responses=problems(*WRITE, errors.Suspended, PreconditionFailed),
    summary="Change my profile",
    openapi_extra=TOKEN,
)
async def change_profile(change: schemas.ProfileChange, db: Tx, me: Self, expected: IfMatch) -> Response:
    """What is not sent stays."""
    row = await accounts.change_profile(db, me, change, expected)
    return saved(schemas.user(row, me.role), row["version"])


@router.post(
    "/api/users/me/password",
    status_code=204,
    responses=problems(*WRITE, IdempotencyKeyReused, errors.WrongPassword, errors.Suspended),
    summary="Change my password",
    openapi_extra=TOKEN,
)
async def change_password(
    change: schemas.PasswordChange, db: Db, transaction: Tx, passwords: PasswordsOf, me: Self
) -> Response:
    """My other sessions end."""
    await accounts.change_password(db, transaction, passwords, me, change)
    return Response(status_code=204)


@router.delete(
    "/api/users/me",
    status_code=204,
    responses=problems(*WRITE, errors.WrongPassword, errors.Suspended, errors.LastAdmin),
    summary="Delete my account",
    openapi_extra=TOKEN,
)
async def delete_account(
    leaving: schemas.Leaving, db: Db, transaction: Tx, passwords: PasswordsOf, me: Self
) -> Response:
    """My texts stay, without my name; nobody else can have the name."""
    await accounts.leave(db, transaction, passwords, me, leaving.password)
    return Response(status_code=204)


@router.get(
    "/api/users/{username}",
    response_model=schemas.User,
    responses=problems(*READ, errors.UserNotFound),
    summary="A user",
    openapi_extra=MAYBE_TOKEN,
)
async def find_user(username: str, request: Request, db: Db, me: Visitor) -> Response:
    """The username in any case."""
    row = await accounts.find(db, username)
    return entity(request, schemas.user(row, me and me.role), row["version"])


@router.patch(
    "/api/users/{username}",
    response_model=schemas.User,
    responses=problems(
        *WRITE,
        errors.UserNotFound,
        NotAllowed,
        errors.Suspended,
        errors.AdminIsSafe,
        errors.LastAdmin,
        PreconditionFailed,
    ),
    summary="Give a role, suspend, restore",
    openapi_extra=TOKEN,
)
async def change_user(
    username: str, change: schemas.UserChange, db: Tx, me: Self, expected: IfMatch
) -> Response:
    """Administrators give roles; moderators suspend anyone but administrators."""
    row = await moderation.change_user(db, me, username, change, expected)
    return saved(schemas.user(row, me.role), row["version"])


@router.post(
    "/api/sessions",
    status_code=201,
    response_model=schemas.Session,
    responses=problems(
        *OPEN, IdempotencyKeyReused, errors.BadCredentials, errors.Suspended, errors.TooManyFailures
    ),
    summary="Log in",
)
async def log_in(
    credentials: schemas.Credentials,
    request: Request,
    db: Db,
    passwords: PasswordsOf,
    tokens: TokensOf,
    address: Address,
) -> Response:
    """Ten failures in 15 minutes for one username and address: 429, with Retry-After."""
    agent = request.headers.get("user-agent", "")
    session = await sessions.log_in(db, passwords, tokens, credentials, address=address, user_agent=agent)
    return _secret(201, session)


@router.post(
    "/api/sessions/refresh",
    response_model=schemas.Session,
    responses=problems(*OPEN, IdempotencyKeyReused, errors.BadRefreshToken, errors.Suspended),
    summary="A new pair of tokens",
)
async def refresh_session(body: schemas.Refresh, request: Request, db: Tx, tokens: TokensOf) -> Response:
    """A refresh token serves once; using it again ends the session."""
    kept = request.app.state.sessions_kept
    return _secret(200, await sessions.refresh(db, tokens, body.refresh_token, kept=kept))


@router.get(
    "/api/sessions",
    response_model=schemas.Devices,
    responses=problems(*READ),
    summary="Where I am logged in",
    openapi_extra=TOKEN,
)
async def list_sessions(request: Request, db: Db, me: Self) -> Response:
    """The session used last comes first."""
    rows = await sessions.devices(db, me, kept=request.app.state.sessions_kept)
    return listing(request, {"items": [schemas.device(row, me.session) for row in rows]})


@router.delete(
    "/api/sessions/current",
    status_code=204,
    responses=problems(*READ, errors.Suspended),
    summary="Log out",
    openapi_extra=TOKEN,
)
async def log_out(db: Tx, me: Self) -> Response:
    """The access token serves elsewhere until it expires."""
    await sessions.end(db, me, me.session)
    return Response(status_code=204)


@router.delete(
    "/api/sessions/{session}",
    status_code=204,
    responses=problems(*READ, errors.SessionNotFound, errors.Suspended),
    summary="Log out elsewhere",
    openapi_extra=TOKEN,
)
async def end_session(session: str, db: Tx, me: Self) -> Response:
    """One of my sessions."""
    await sessions.end(db, me, parse_id(session, errors.SessionNotFound))
    return Response(status_code=204)


@router.get(
    "/.well-known/jwks.json",
    response_model=schemas.Keys,
    responses=problems(*READ),
    summary="The keys that sign access tokens",
    openapi_extra=MAYBE_TOKEN,
)
async def published_keys(request: Request, db: Db, _: Visitor) -> Response:
    """Those that sign now, will sign in a moment, or signed a token that is still valid."""
    return listing(request, {"keys": await keys.published(db)})


def _secret(status: int, session: dict[str, Any]) -> Response:
    return Response(encode(session), status, {"Cache-Control": "no-store"}, JSON)
