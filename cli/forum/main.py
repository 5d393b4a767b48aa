"""The forum command: one file per command, and this table of contents."""

import sys

import typer

from forum.doctor import doctor
from forum.errors import Refused
from forum.people import admin, password
from forum.restored import restored
from forum.up import up


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


app = Commands(help="Run and look after a forum.", no_args_is_help=True, add_completion=False)
app.command()(up)
app.command()(admin)
app.command()(password)
app.command()(doctor)
app.command()(restored)


@app.callback()
def forum() -> None:
    """Run and look after a forum."""
