"""`forum admin` and `forum password`."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from chassis.database import Database
from chassis.problem import Problem
from forum.errors import Refused
from forum.hosting.beside import home
from forum.hosting.installation import Installation
from users.administration import make_admin, set_password

Name = Annotated[str, typer.Argument(metavar="NAME", help="The username.")]
T = TypeVar("T")


def admin(name: Name) -> None:
    """Make an administrator, of a new account or of the one that has the name. The password is that of
    PASSWORD, else asked for, or read from standard input."""
    is_new = with_users(lambda database, password: make_admin(database, name, password))
    typer.echo(f"{name} is an administrator now{' (a new account)' if is_new else ''}.")


def password(name: Name) -> None:
    """Set somebody's password, for instance of people who came with an import. It is that of PASSWORD, else
    asked for, or read from standard input; their sessions end."""
    with_users(lambda database, new: set_password(database, name, new))
    typer.echo(f"{name} can log in with the new password.")


def with_users(work: Callable[[Database, str], Awaitable[T]]) -> T:
    """Runs `work` on the database that holds the users, with the chosen password. Raises Refused with what
    the service says against it."""
    chosen = os.environ.get("PASSWORD") or read_password()

    async def run() -> T:
        installation = Installation(os.environ)
        async with installation.reachable("forum"):
            database = Database(await home(installation, "users"), pool_size=1, name="forum")
            try:
                return await work(database, chosen)
            finally:
                await database.close()

    try:
        return asyncio.run(run())
    except Problem as problem:
        raise Refused(problem.detail) from problem


def read_password() -> str:
    """From standard input when it is no terminal; else asked for twice, unseen."""
    if sys.stdin.isatty():
        answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return answer
    return sys.stdin.readline().rstrip("\n")
