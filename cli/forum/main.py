"""The forum command: one file per command, and this table of contents."""

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from forum.errors import Refused

COMMANDS = {
    "up": "forum.up:up",
    "databases": "forum.databases:databases",
    "admin": "forum.people:admin",
    "password": "forum.people:password",
    "import": "forum.transfer:import_",
    "export": "forum.transfer:export",
    "doctor": "forum.doctor:doctor",
    "restored": "forum.restored:restored",
    "cutover": "forum.cutover.commands:app",
}


class Table(TyperGroup):
    """Imports a command when it is asked for: most need the services, which take most of a second."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name].partition(":")
        found = getattr(importlib.import_module(module), function)
        if isinstance(found, typer.Typer):
            group = typer.main.get_command(found)
            group.name = cmd_name
            return group
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(found)
        return typer.main.get_command(alone)


class Commands(typer.Typer):
    """Says in one line what stands in the way, and exits with 1."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        try:
            return super().__call__(*args, **kwargs)
        except* Refused as refusals:
            typer.echo(f"forum: {first(refusals)}", err=True)
            sys.exit(1)


def first(refusals: BaseExceptionGroup[Refused]) -> Refused:
    """One of several; more would not help."""
    refusal: BaseException = refusals
    while isinstance(refusal, BaseExceptionGroup):
        refusal = refusal.exceptions[0]
    assert isinstance(refusal, Refused)  # noqa: S101  the group holds nothing else
    return refusal


app = Commands(cls=Table, no_args_is_help=True, add_completion=False)


@app.callback()
def forum() -> None:
    """Run and look after a forum."""
